import { Columns2, Plus, SendHorizontal, Square, X } from "lucide-react";
import { useRef, useState, type KeyboardEvent } from "react";
import { explainError } from "../api/client";
import { chat, type Progress } from "../lib/chat";
import { useStored } from "../lib/hooks";
import { Empty } from "../ui/bits";
import { Button, IconButton } from "../ui/button";
import { Textarea } from "../ui/field";
import { Markdown } from "../ui/markdown";
import { ModelPicker } from "../ui/model-picker";
import { Page } from "../ui/page";
import { ServedLine } from "../ui/served-line";

const kMost = 4;
type Column = { model: string; progress: Progress | null; state: "idle" | "running" | "done" | "failed" | "stopped"; error?: string };
const idle = (model: string): Column => ({ model, progress: null, state: "idle" });

export default function Compare() {
  const [picked, setPicked] = useStored<string[]>("compare-models", ["auto", ""]);
  const [text, setText] = useStored("compare-text", "");
  const [columns, setColumns] = useState<Column[]>(() => picked.map(idle));
  const running = useRef<AbortController | null>(null);
  const isBusy = columns.some((column) => column.state === "running");
  const change = (models: string[]) => {
    setPicked(models);
    setColumns((old) => models.map((model, index) => (old[index]?.model === model ? old[index] : idle(model))));
  };
  const update = (index: number, part: Partial<Column>) => setColumns((old) => old.map((column, at) => (at === index ? { ...column, ...part } : column)));
  const run = () => {
    const control = (running.current = new AbortController());
    picked.forEach((model, index) => {
      if (!model) return;
      update(index, { state: "running", progress: null, error: undefined });
      chat({ model, messages: [{ role: "user", content: text.trim() }], stream: true }, { signal: control.signal, onProgress: (progress) => update(index, { progress: { ...progress } }) }).then(
        (answer) => update(index, { state: "done", progress: answer }),
        (error: unknown) => update(index, control.signal.aborted ? { state: "stopped" } : { state: "failed", error: explainError(error) }),
      );
    });
  };
  const canRun = !isBusy && text.trim().length > 0 && picked.some(Boolean);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (canRun) run();
  };
  return (
    <Page title="Compare" full lead="One prompt, several models, side by side. Ctrl with Enter asks them all.">
      <div className="flex flex-wrap items-end gap-2">
        <Textarea aria-label="Prompt" placeholder="One prompt for all of them…" rows={3} value={text} onChange={(event) => setText(event.target.value)} onKeyDown={onKey} className="min-w-60 grow basis-0" />
        {isBusy ? <Button icon={Square} onClick={() => running.current?.abort()}>Stop</Button> : <Button kind="primary" icon={SendHorizontal} disabled={!canRun} onClick={run}>Ask all</Button>}
      </div>
      <div className="mt-6 grid gap-x-8 gap-y-8 md:grid-cols-2 xl:grid-cols-(--columns)" style={{ "--columns": `repeat(${Math.max(2, picked.length)}, minmax(0, 1fr))` } as React.CSSProperties}>
        {picked.map((model, index) => {
          const column = columns[index] ?? idle(model);
          return (
            <section key={index} aria-label={`Column ${index + 1}`} className="min-w-0 border-t-2 border-line pt-3">
              <div className="mb-3 flex items-center gap-1">
                <ModelPicker label={`Model of column ${index + 1}`} value={model} withAuto={index === 0} onChange={(next) => change(picked.map((old, at) => (at === index ? next : old)))} className="min-w-0 grow" />
                {picked.length > 2 && <IconButton label={`Remove column ${index + 1}`} icon={X} onClick={() => change(picked.filter((_, at) => at !== index))} />}
              </div>
              <Result column={column} />
            </section>
          );
        })}
        {picked.length < kMost && (
          <div className={picked.length >= 2 ? "md:col-span-2 xl:col-span-full" : ""}>
            <Button icon={Plus} onClick={() => change([...picked, ""])}>Another model</Button>
          </div>
        )}
      </div>
    </Page>
  );
}

function Result({ column }: { column: Column }) {
  const text = column.progress?.text;
  if (column.state === "idle") return <Empty icon={Columns2} title={column.model ? "Ready" : "No model yet"}>{column.model ? "Its answer appears here." : "Choose one above."}</Empty>;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3" aria-busy={column.state === "running"}>
      {column.state !== "running" && column.progress && <ServedLine served={column.progress.served} />}
      {column.state === "running" && <p className="pulse text-sm text-muted">{text ? "Answering…" : "Waiting for the first token…"}</p>}
      {text && <Markdown text={text} />}
      {column.state === "stopped" && <p className="text-warn">Stopped.</p>}
      {column.state === "failed" && <p role="alert" className="rounded-md border border-bad bg-bad-soft px-3 py-2">{column.error}</p>}
    </div>
  );
}
