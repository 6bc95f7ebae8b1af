// Model answers as elements. Tokens come from marked; nothing is ever set as HTML, links are vetted.
import { lexer, type Token, type Tokens } from "marked";
import { Fragment, memo, useMemo, type ReactNode } from "react";
import { CopyButton } from "./bits";

export const Markdown = memo(function Markdown({ text }: { text: string }) {
  const tokens = useMemo(() => lexer(text), [text]);
  return <div className="grid grid-cols-[minmax(0,1fr)] gap-3 leading-relaxed break-words">{blocks(tokens)}</div>;
});

const blocks = (tokens: Token[]): ReactNode[] => tokens.map((token, index) => <Fragment key={index}>{block(token)}</Fragment>);
const inlines = (tokens: Token[] | undefined): ReactNode => tokens?.map((token, index) => <Fragment key={index}>{inline(token)}</Fragment>);

function block(token: Token): ReactNode {
  switch (token.type) {
    case "heading":
      return <p role="heading" aria-level={Math.min(6, (token as Tokens.Heading).depth + 2)} className="text-lg font-semibold">{inlines(token.tokens)}</p>;
    case "paragraph":
      return <p>{inlines(token.tokens)}</p>;
    case "code":
      return <Code token={token as Tokens.Code} />;
    case "blockquote":
      return <blockquote className="border-l-2 border-edge pl-3 text-muted">{blocks(token.tokens ?? [])}</blockquote>;
    case "list":
      return <List token={token as Tokens.List} />;
    case "table":
      return <Table token={token as Tokens.Table} />;
    case "hr":
      return <hr className="border-line" />;
    case "space":
      return null;
    default:
      return "tokens" in token && token.tokens ? inlines(token.tokens) : <p>{token.raw}</p>;
  }
}

function Code({ token }: { token: Tokens.Code }) {
  return (
    <div className="relative overflow-hidden rounded-md border border-line bg-sunken">
      <div className="flex items-center justify-between border-b border-line py-0.5 pr-1 pl-3 text-sm text-muted"><span>{token.lang ?? "text"}</span><CopyButton text={token.text} label="Copy the code" /></div>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable */}
      <pre tabIndex={0} className="overflow-x-auto p-3 text-sm"><code>{token.text}</code></pre>
    </div>
  );
}

function List({ token }: { token: Tokens.List }) {
  const items = token.items.map((item, index) => (
    <li key={index} className="pl-1">
      {item.task && <input type="checkbox" checked={item.checked} readOnly disabled aria-label={item.checked ? "done" : "to do"} className="mr-2" />}
      {blocks(item.tokens)}
    </li>
  ));
  return token.ordered ? <ol start={Number(token.start) || 1} className="ml-5 list-decimal">{items}</ol> : <ul className="ml-5 list-disc">{items}</ul>;
}

function Table({ token }: { token: Tokens.Table }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Table">
      <table className="border-collapse text-left">
        <thead><tr>{token.header.map((cell, index) => <th key={index} scope="col" className="border-b border-edge px-3 py-1 font-semibold">{inlines(cell.tokens)}</th>)}</tr></thead>
        <tbody>{token.rows.map((row, index) => <tr key={index}>{row.map((cell, at) => <td key={at} className="border-b border-line px-3 py-1">{inlines(cell.tokens)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function inline(token: Token): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong className="font-semibold">{inlines(token.tokens)}</strong>;
    case "em":
      return <em>{inlines(token.tokens)}</em>;
    case "del":
      return <del>{inlines(token.tokens)}</del>;
    case "codespan":
      return <code className="rounded-sm bg-sunken px-1">{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link":
      return <SafeLink token={token as Tokens.Link} />;
    case "image":
      return `[image: ${(token as Tokens.Image).text}]`;
    case "escape":
      return (token as Tokens.Escape).text;
    case "text":
      return "tokens" in token && token.tokens ? inlines(token.tokens) : decode((token as Tokens.Text).text);
    default:
      return token.raw;
  }
}

/** A model may write any address; only web and mail links become links. */
function SafeLink({ token }: { token: Tokens.Link }) {
  const isSafe = /^(https?:|mailto:)/i.test(token.href);
  return isSafe ? <a href={token.href} target="_blank" rel="noreferrer noopener" className="underline underline-offset-3">{inlines(token.tokens)}</a> : <>{token.raw}</>;
}

const kEntities: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
const decode = (text: string): string => text.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => kEntities[entity] ?? entity);
