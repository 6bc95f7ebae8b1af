import { SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Check, Field, Textarea } from "../../ui/field";

export type PlaygroundOptions = { model: string; system: string; stream: boolean; offerTools: boolean; tools: string };

const kSampleTools = JSON.stringify([{ type: "function", function: { name: "get_weather", description: "The weather in a city now", parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } } }], null, 2);
export const kDefaults: PlaygroundOptions = { model: "auto", system: "", stream: true, offerTools: false, tools: kSampleTools };

export function readTools(text: string): { tools: unknown[]; error: string | null } {
  try {
    const tools: unknown = JSON.parse(text);
    return Array.isArray(tools) ? { tools, error: null } : { tools: [], error: "This must be a JSON array of tools." };
  } catch (error) {
    return { tools: [], error: `Not JSON: ${error instanceof Error ? error.message : ""}` };
  }
}

export function Options({ options, onChange }: { options: PlaygroundOptions; onChange: (options: PlaygroundOptions) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={SlidersHorizontal} onClick={() => setOpen(true)}>Options</Button>
      <Dialog open={open} onClose={() => setOpen(false)} title="Options">
        <div className="grid gap-5">
          <Field label="System prompt">
            {(attributes) => <Textarea {...attributes} rows={4} data-autofocus value={options.system} onChange={(event) => onChange({ ...options, system: event.target.value })} />}
          </Field>
          <Check label="Stream the answer" checked={options.stream} onChange={(stream) => onChange({ ...options, stream })} />
          <Check label="Offer tools" checked={options.offerTools} onChange={(offerTools) => onChange({ ...options, offerTools })} />
          {options.offerTools && (
            <Field label="Tools" hint="A JSON array, as in the API. You answer the calls yourself." error={readTools(options.tools).error}>
              {(attributes) => <Textarea {...attributes} rows={10} spellCheck={false} className="font-mono text-sm" value={options.tools} onChange={(event) => onChange({ ...options, tools: event.target.value })} />}
            </Field>
          )}
          <div className="flex justify-end"><Button kind="primary" onClick={() => setOpen(false)}>Done</Button></div>
        </div>
      </Dialog>
    </>
  );
}
