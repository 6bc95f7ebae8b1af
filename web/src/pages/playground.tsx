import { MessageSquare, Trash2 } from "lucide-react";
import { useEffect, useRef } from "react";
import { useStored } from "../lib/hooks";
import { Button } from "../ui/button";
import { ModelPicker } from "../ui/model-picker";
import { Page } from "../ui/page";
import { Composer } from "./playground/composer";
import { ask, clear, stop, takeBack, useTurns } from "./playground/conversation";
import { Options, readTools, kDefaults, type PlaygroundOptions } from "./playground/options";
import { TurnView } from "./playground/turn";

export default function Playground() {
  const turns = useTurns();
  const [options, setOptions] = useStored<PlaygroundOptions>("playground", kDefaults);
  const [text, setText] = useStored("playground-text", "");
  const end = useRef<HTMLDivElement>(null);
  const last = turns.at(-1);
  const isBusy = last?.role === "assistant" && last.state === "streaming";
  useStickToEnd(end, turns.length, last?.role === "assistant" ? `${last.text.length} ${last.state}` : "");
  const setup = { model: options.model, system: options.system, stream: options.stream, tools: options.offerTools ? readTools(options.tools).tools : [] };
  const answerCall = (callId: string, result: string) => void ask([{ role: "tool", callId, text: result }], setup);
  return (
    <Page
      title="Playground"
      lead="What any OpenAI client would get, with the route it took."
      actions={
        <>
          <ModelPicker value={options.model} onChange={(model) => setOptions({ ...options, model })} className="max-w-72" />
          <Options options={options} onChange={setOptions} />
          <Button icon={Trash2} disabled={turns.length === 0} onClick={clear}>New</Button>
        </>
      }
    >
      <div className="mx-auto grid max-w-3xl grid-cols-[minmax(0,1fr)]">
        <div className="min-h-[calc(100dvh-19rem)]">
          {turns.length === 0 && (
            <div className="grid h-full content-center justify-items-center gap-3 py-16 text-center text-muted">
              <MessageSquare size={26} aria-hidden className="text-accent" />
              <p>Ask something. Each answer names the model that gave it and how long it took.</p>
              <p className="flex flex-wrap justify-center gap-2">
                {["Explain a token bucket, with code.", "Write a haiku about rate limits."].map((idea) => <Button key={idea} small onClick={() => setText(idea)}>{idea}</Button>)}
              </p>
            </div>
          )}
          <ol className="grid grid-cols-[minmax(0,1fr)] gap-6" aria-label="Conversation">
            {turns.map((turn, index) => <TurnView key={index} turn={turn} isLast={index === turns.length - 1} onToolResult={answerCall} onEdit={() => setText(takeBack())} />)}
          </ol>
          <div ref={end} />
        </div>
        <Composer text={text} onText={setText} busy={isBusy} onStop={stop} onSend={(images) => { setText(""); void ask([{ role: "user", text: text.trim(), images }], setup); }} />
      </div>
    </Page>
  );
}

/** Follows the answer while the reader is at the end, and leaves them alone once they scroll up. */
function useStickToEnd(end: React.RefObject<HTMLDivElement | null>, count: number, progress: string): void {
  const follows = useRef(true);
  useEffect(() => {
    const onScroll = () => (follows.current = window.innerHeight + window.scrollY > document.body.scrollHeight - 160);
    window.addEventListener("scroll", onScroll, { passive: true });
    return () => window.removeEventListener("scroll", onScroll);
  }, []);
  useEffect(() => {
    if (count > 0 && follows.current) window.scrollTo({ top: document.body.scrollHeight });
  }, [end, count, progress]);
}
