import { useState } from "react";
import { call } from "../api/client";
import { useApiKey } from "../api/queries";
import { kBaseUrl, snippet, type SnippetKind } from "../lib/snippets";
import { CopyButton } from "./bits";
import { Segmented } from "./segmented";

/** The key is shown masked and copied whole, so that it does not end up in screenshots. */
export function Snippets() {
  const apiKey = useApiKey();
  const [kind, setKind] = useState<SnippetKind>("curl");
  if (!apiKey.data) return <div className="skeleton h-52" />;
  const { masked } = apiKey.data;
  const whole = async () => snippet(kind, kBaseUrl, (await call("post", "/api/api-key/reveal")).key);
  return (
    <div className="overflow-hidden rounded-lg border border-line bg-surface">
      <div className="flex flex-wrap items-center justify-between gap-3 border-b border-line px-3 py-2">
        <Segmented label="Language" value={kind} onChange={setKind} options={[{ value: "curl", label: "curl" }, { value: "python", label: "Python" }, { value: "node", label: "Node" }]} />
        <CopyButton text={whole} label="Copy with key" withText />
      </div>
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} aria-label={`${kind} example`} className="overflow-x-auto p-4 text-sm leading-relaxed"><code>{snippet(kind, kBaseUrl, masked)}</code></pre>
    </div>
  );
}
