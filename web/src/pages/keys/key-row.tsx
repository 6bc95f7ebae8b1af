import { FlaskConical, Pencil, Route, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import type { Key } from "../../api/types";
import type { FailureClass } from "../../api/types";
import { plural, sentence } from "../../lib/format";
import { failureWords, keyWords } from "../../lib/words";
import { Ago, StateWord } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Input, Switch } from "../../ui/field";
import { MoreMenu } from "../../ui/menu";
import { deleteKey, patchKey, testKey } from "./actions";
import { KeyProxy } from "./key-proxy";

export function KeyRow({ stored: key }: { stored: Key }) {
  const [renaming, setRenaming] = useState(false);
  const [routing, setRouting] = useState(false);
  const name = key.label || key.masked;
  return (
    <li data-key={key.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-1.5 last:border-b-0">
      <div className="min-w-0 grow basis-44 sm:basis-64">
        <p className="flex flex-wrap items-baseline gap-x-3">
          <code className={key.enabled ? "" : "text-muted line-through"}>{key.masked}</code>
          {renaming ? <Rename stored={key} onDone={() => setRenaming(false)} /> : key.label && <span>{key.label}</span>}
        </p>
        <p className="flex flex-wrap items-baseline gap-x-3 text-sm text-muted">
          {key.checking ? <StateWord tone="accent" pulse>Checking…</StateWord> : <StateWord tone={keyWords[key.state].tone}>{keyWords[key.state].text}</StateWord>}
          {!key.checking && key.last_checked_at && <span>checked <Ago at={key.last_checked_at} /></span>}
          {key.proxy && <span className="break-all">through {key.proxy}</span>}
          {dayWords(key) && <span>{dayWords(key)}</span>}
        </p>
        {!key.checking && reasonOf(key) && <p className="text-sm text-muted">{reasonOf(key)}</p>}
        {key.cooldown_until && <p className="text-sm text-warn">Resting, back <Ago at={key.cooldown_until} />{key.cooldown_reason && `: ${restWords(key.cooldown_reason)}`}.</p>}
      </div>
      <div className="ml-auto flex items-center gap-1">
        <Button small kind="quiet" icon={FlaskConical} busy={key.checking} onClick={() => void testKey(key)}><span className="max-sm:sr-only">Test</span><span className="sr-only"> {name}</span></Button>
        <MoreMenu
          label={`More for ${name}`}
          items={[
            { label: key.label ? "Change label" : "Add a label", icon: Pencil, run: () => setTimeout(() => setRenaming(true)) },
            { label: "Outbound proxy…", icon: Route, run: () => setTimeout(() => setRouting(true)) },
            "line",
            { label: "Delete", icon: Trash2, danger: true, run: () => void deleteKey(key) },
          ]}
        />
        <Switch label={`Use ${name}`} checked={key.enabled} onChange={(enabled) => void patchKey(key, { enabled })} />
      </div>
      <KeyProxy stored={key} open={routing} onClose={() => setRouting(false)} />
    </li>
  );
}

/** Requests that ended with this key, and attempts with it that led elsewhere; the daemon counts those a client broke off among them. */
export function dayWords(key: Pick<Key, "requests_24h" | "failures_24h">): string {
  if (key.requests_24h === 0 && key.failures_24h === 0) return "";
  const failures = key.failures_24h > 0 ? `, ${plural(key.failures_24h, "attempt")} failed or broken off` : "";
  return `${plural(key.requests_24h, "request")} in 24 h${failures}`;
}

/** Why it is in the state it is in, and what to do about it. */
function reasonOf(key: Key): string {
  if (key.state === "valid") return "";
  if (key.state === "undecryptable") return "It was sealed with another master key, or is damaged. Enter it again, or start the daemon with the master key of before.";
  if (key.state === "unverifiable" && !key.state_reason) return "This platform answers without a good key, too: whether it is one cannot be told.";
  return sentence(key.state_reason ?? "");
}

const restWords = (reason: string): string => (failureWords[reason as FailureClass] ?? reason).toLowerCase();

function Rename({ stored, onDone }: { stored: Key; onDone: () => void }) {
  const [label, setLabel] = useState(stored.label);
  const save = (event: FormEvent) => {
    event.preventDefault();
    void patchKey(stored, { label: label.trim() });
    onDone();
  };
  return (
    <form onSubmit={save} className="flex gap-2">
      <Input aria-label="Label" autoFocus maxLength={80} value={label} onChange={(event) => setLabel(event.target.value)} onKeyDown={(event) => event.key === "Escape" && onDone()} className="min-h-8 w-44 px-2" />
      <Button small type="submit">Save</Button>
    </form>
  );
}
