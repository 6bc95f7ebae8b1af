import { useState } from "react";
import { useAbout, useLicenses } from "../../api/queries";
import { formatBytes, formatDuration, formatWhole, sentence } from "../../lib/format";
import { CopyButton, Problem, Waiting } from "../../ui/bits";
import { Block } from "./block";

export function About() {
  const about = useAbout();
  const [open, setOpen] = useState(false);
  const licenses = useLicenses(open);
  if (about.isLoadingError) return <Problem error={about.error} retry={() => void about.refetch()} />;
  const it = about.data;
  const facts: [string, string][] = it ? [
    ["Version", `${it.version} (${[it.commit, it.compiler].filter(Boolean).join(", ")})`],
    ["Up for", formatDuration(it.uptime_ms)],
    ["Listens on", it.address],
    ["Data", it.data_dir],
    ["Database", `${formatBytes(it.database_bytes)}, schema ${it.schema_version}`],
    ["Memory", it.resident_bytes === null ? "unknown" : formatBytes(it.resident_bytes)],
    ["Catalog", `${it.catalog_version}: ${formatWhole(it.models)} models on ${formatWhole(it.platforms)} platforms`],
  ] : [];
  return (
    <Block title="About" note={<>The API behind this page is described at <a href="/api/docs" className="underline underline-offset-3">/api/docs</a>.</>}>
      {!it ? <div className="skeleton h-52" /> : (
        <>
          <dl className="grid grid-cols-[8rem_minmax(0,1fr)] gap-y-1.5">
            {facts.map(([name, value]) => [<dt key={name} className="text-muted">{name}</dt>, <dd key={`${name}-value`} className="break-all">{value}</dd>])}
          </dl>
          {it.keyless.notice && <p className="mt-3 text-muted">{sentence(it.keyless.notice)}</p>}
          <div className="mt-3"><CopyButton text={facts.map(([name, value]) => `${name}: ${value}`).join("\n")} label="Copy for a bug report" withText /></div>
        </>
      )}
      <details className="mt-6" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="font-medium">Software inside, and its licences</summary>
        {licenses.isPending && open && <Waiting rows={3} />}
        <ul className="mt-3">
          {licenses.data?.data.map((row) => (
            <li key={row.name} className="border-b border-line py-2">
              {row.homepage ? <a href={row.homepage} target="_blank" rel="noreferrer" className="underline underline-offset-3">{row.name}</a> : row.name} <span className="text-muted">{row.version}, {row.license}</span>
              {row.text && <details className="text-sm"><summary className="text-muted">Text</summary><pre className="mt-1 whitespace-pre-wrap">{row.text}</pre></details>}
            </li>
          ))}
        </ul>
      </details>
    </Block>
  );
}
