import { LoaderCircle, Pencil, Wrench } from "lucide-react";
import { memo, useState, type FormEvent } from "react";
import type { ToolCall } from "../../lib/chat";
import { CopyButton } from "../../ui/bits";
import { Button, IconButton } from "../../ui/button";
import { Input } from "../../ui/field";
import { Markdown } from "../../ui/markdown";
import { ServedLine } from "../../ui/served-line";
import type { Turn } from "./conversation";

type TurnViewProps = { turn: Turn; isLast: boolean; onToolResult: (callId: string, result: string) => void; onEdit: () => void };

export const TurnView = memo(function TurnView({ turn, isLast, onToolResult, onEdit }: TurnViewProps) {
  if (turn.role === "user") {
    return (
      <li className="ml-auto max-w-[85%] rounded-lg bg-accent-soft px-4 py-2.5">
        <span className="sr-only">You: </span>
        <p className="break-words whitespace-pre-wrap">{turn.text}</p>
        {turn.images.map((url, index) => <img key={index} src={url} alt={`Sent, number ${index + 1}`} className="mt-2 max-h-48 rounded-md" />)}
      </li>
    );
  }
  if (turn.role === "tool") return <li className="ml-auto max-w-[85%] rounded-lg border border-line px-4 py-2 text-sm"><span className="text-muted">Result of the tool: </span><code>{turn.text}</code></li>;
  return (
    <li>
      <span className="sr-only">Answer: </span>
      {turn.reasoning && (
        <details className="mb-3 rounded-md border border-line px-3 py-2 text-muted">
          <summary>Reasoning</summary>
          <p className="mt-2 text-sm whitespace-pre-wrap">{turn.reasoning}</p>
        </details>
      )}
      <div aria-live={isLast ? "polite" : undefined} aria-busy={turn.state === "streaming"}>
        {turn.text ? <Markdown text={turn.text} /> : turn.state === "streaming" && <p className="flex items-center gap-2 text-muted"><LoaderCircle size={16} className="animate-spin" aria-hidden />Waiting for the first token…</p>}
      </div>
      {turn.toolCalls.map((call) => <CallView key={call.id} toolCall={call} canAnswer={isLast && turn.state === "done"} onResult={onToolResult} />)}
      {turn.state === "stopped" && <p className="mt-2 text-warn">Stopped.</p>}
      {turn.state === "failed" && (
        <div role="alert" className="mt-2 flex flex-wrap items-center gap-3 rounded-md border border-bad bg-bad-soft px-3 py-2">
          <p className="grow">{turn.error}</p>
          {isLast && <Button small icon={Pencil} onClick={onEdit}>Edit and send again</Button>}
        </div>
      )}
      {turn.state !== "streaming" && (
        <div className="mt-2 flex items-center gap-1">
          <ServedLine served={turn.served} />
          {turn.text && <CopyButton text={turn.text} label="Copy the answer" />}
          {isLast && turn.state !== "failed" && <IconButton label="Edit the question" icon={Pencil} onClick={onEdit} />}
        </div>
      )}
    </li>
  );
});

function CallView({ toolCall, canAnswer, onResult }: { toolCall: ToolCall; canAnswer: boolean; onResult: (callId: string, result: string) => void }) {
  const [result, setResult] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onResult(toolCall.id, result);
  };
  return (
    <div className="mt-3 rounded-md border border-line bg-surface">
      <p className="flex items-center gap-2 border-b border-line px-3 py-1.5"><Wrench size={15} aria-hidden className="text-accent" />Calls <code className="font-semibold">{toolCall.function.name}</code></p>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable */}
      <pre tabIndex={0} className="overflow-x-auto px-3 py-2 text-sm"><code>{pretty(toolCall.function.arguments)}</code></pre>
      {canAnswer && (
        <form onSubmit={submit} className="flex gap-2 border-t border-line p-2">
          <Input aria-label={`Result of ${toolCall.function.name}`} placeholder="What the tool would return" value={result} onChange={(event) => setResult(event.target.value)} />
          <Button type="submit" disabled={!result.trim()}>Return it</Button>
        </form>
      )}
    </div>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
