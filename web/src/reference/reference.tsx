import { useEffect, useState } from "react";
import { authOf, byTag, refName, typeName, type Description, type Listed, type Schema } from "./model";

export function Reference() {
  const [doc, setDoc] = useState<Description | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    fetch("/api/openapi.json").then((response) => response.json() as Promise<Description>).then(setDoc, () => setFailed(true));
  }, []);
  if (failed) return <main className="p-10"><p role="alert">The description could not be fetched from /api/openapi.json.</p></main>;
  if (!doc) return null;
  const groups = byTag(doc);
  return (
    <div className="mx-auto max-w-[90rem] lg:grid lg:grid-cols-[17rem_minmax(0,1fr)]">
      <nav aria-label="Operations" className="hidden h-dvh overflow-y-auto border-r border-line px-5 py-8 text-sm lg:sticky lg:top-0 lg:block">
        {groups.map(({ tag, operations }) => (
          <div key={tag} className="mb-5">
            <p className="font-semibold">{tag}</p>
            <ul>{operations.map(({ method, path, operation }) => <li key={operation.operationId}><a href={`#${operation.operationId}`} className="block truncate py-0.5 text-muted hover:text-text" title={`${method.toUpperCase()} ${path}`}>{operation.summary}</a></li>)}</ul>
          </div>
        ))}
        <p className="font-semibold"><a href="#schemas">Schemas</a></p>
      </nav>
      <main className="min-w-0 px-5 py-8 sm:px-10">
        <h1 className="text-[1.75rem] font-semibold">{doc.info.title} API {doc.info.version}</h1>
        {doc.info.description.split("\n\n").map((text) => <p key={text} className="mt-2 max-w-prose text-muted">{ticks(text)}</p>)}
        <p className="mt-2"><a href="/api/openapi.json" className="underline underline-offset-3">openapi.json</a> · <a href="/" className="underline underline-offset-3">Dashboard</a></p>
        {groups.map(({ tag, operations }) => (
          <section key={tag} className="mt-12">
            <h2 className="border-b border-edge pb-2 text-xl font-semibold first-letter:uppercase">{tag}</h2>
            {operations.map((listed) => <OperationView key={listed.operation.operationId} listed={listed} doc={doc} />)}
          </section>
        ))}
        <section id="schemas" className="mt-12">
          <h2 className="border-b border-edge pb-2 text-xl font-semibold">Schemas</h2>
          {Object.entries(doc.components.schemas).map(([name, schema]) => (
            <article key={name} id={`schema-${name}`} className="border-b border-line py-5">
              <h3 className="font-semibold"><code>{name}</code></h3>
              {schema.description && <p className="text-muted">{ticks(schema.description)}</p>}
              {schema.properties ? <Members schema={schema} /> : <p className="mt-1"><TypeLink schema={schema} /></p>}
            </article>
          ))}
        </section>
      </main>
    </div>
  );
}

function OperationView({ listed: { method, path, operation }, doc }: { listed: Listed; doc: Description }) {
  const body = operation.requestBody?.content["application/json"]?.schema;
  return (
    <article id={operation.operationId} className="border-b border-line py-6">
      <h3 className="text-lg font-semibold">{ticks(operation.summary)}</h3>
      <p className="mt-1 break-all"><code><strong className="font-semibold text-accent">{method.toUpperCase()}</strong> {path}</code></p>
      <p className="text-sm text-muted">{authOf(operation)}</p>
      {operation.description && <p className="mt-2 max-w-prose">{ticks(operation.description)}</p>}
      {operation.parameters && <Members title="Parameters" schema={{ properties: Object.fromEntries(operation.parameters.map((one) => [one.name, { ...one.schema, description: [one.in, one.description ?? one.schema.description].filter(Boolean).join("; ") }])), required: operation.parameters.filter((one) => one.required).map((one) => one.name) }} />}
      {body && (refName(body) ? <p className="mt-3">Body: <TypeLink schema={body} /></p> : <Members title="Body" schema={body} />)}
      <h4 className="mt-4 text-sm text-muted">Answers</h4>
      <ul>
        {Object.entries(operation.responses).map(([status, given]) => {
          const response = given.$ref ? doc.components.responses[given.$ref.split("/").at(-1)!]! : given;
          const media = Object.entries(response.content ?? {});
          return (
            <li key={status} className="flex gap-3 py-0.5">
              <code className={status.startsWith("2") ? "text-good" : "text-warn"}>{status}</code>
              <span>{ticks(response.description ?? "")} {media.map(([type, { schema }]) => <span key={type} className="text-muted"><TypeLink schema={schema} />{type === "application/json" ? "" : ` (${type})`} </span>)}</span>
            </li>
          );
        })}
      </ul>
    </article>
  );
}

function Members({ schema, title }: { schema: Schema; title?: string }) {
  return (
    <>
      {title && <h4 className="mt-4 text-sm text-muted">{title}</h4>}
      <dl className="mt-1">
        {Object.entries(schema.properties ?? {}).map(([name, member]) => (
          <div key={name} className="gap-4 border-t border-line py-1.5 first:border-t-0 sm:grid sm:grid-cols-[14rem_minmax(0,1fr)]">
            <dt className="break-all"><code>{name}</code>{schema.required?.includes(name) ? "" : <span className="text-sm text-muted"> optional</span>}</dt>
            <dd>
              <TypeLink schema={member} /> <span className="text-muted">{ticks(member.description ?? "")}</span>
              {member.properties && !member.$ref && <Members schema={member} />}
              {member.items?.properties && <Members schema={member.items} />}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function TypeLink({ schema }: { schema: Schema }) {
  const inner = schema.items ?? schema.anyOf?.[0] ?? schema;
  const name = refName(schema) ?? refName(inner);
  return name ? <a href={`#schema-${name}`} className="underline decoration-edge underline-offset-3"><code>{typeName(schema)}</code></a> : <code className="break-words">{typeName(schema)}</code>;
}

/** Words between backticks as code. */
function ticks(text: string) {
  return text.split("`").map((part, index) => (index % 2 ? <code key={index} className="text-text">{part}</code> : part));
}
