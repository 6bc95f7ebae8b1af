import { useMutation } from "@tanstack/react-query";
import { useState, type ChangeEvent, type FormEvent, type ReactNode } from "react";
import { call, explainError } from "../../api/client";
import { keys } from "../../api/queries";
import { put, reread } from "../../api/reread";
import type { Settings, SettingsPatch, SettingsValues } from "../../api/types";
import { Button } from "../../ui/button";
import { Field, Input, Select } from "../../ui/field";
import { toast } from "../../ui/toast";

export function Block({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <section className="grid gap-x-10 gap-y-4 py-8 first:pt-0 lg:grid-cols-[16rem_minmax(0,1fr)]">
      <div>
        <h2 className="text-lg font-semibold">{title}</h2>
        {note && <p className="mt-1 text-sm text-muted">{note}</p>}
      </div>
      <div className="max-w-2xl min-w-0">{children}</div>
    </section>
  );
}

const kLocks = { config: "configuration file", environment: "environment", flag: "command line" } as const;

/** What fixes a setting, in words; null when it can be changed here. */
export function lockWords(settings: Settings, path: string): string | null {
  const lock = settings.locked.find((one) => one.path === path);
  return lock ? kLocks[lock.by] : null;
}

/** Edits of one group of settings: only what was touched is sent, and what comes in from elsewhere shows at once in the rest. */
export function useGroup<G extends keyof SettingsValues>(settings: Settings, group: G) {
  const [edits, setEdits] = useState<Partial<SettingsValues[G]>>({});
  const stored = settings.values[group];
  const save = useMutation({
    mutationFn: () => call("patch", "/api/settings", { body: { [group]: edits } as SettingsPatch }),
    onSuccess: (next) => {
      put<Settings>(keys.settings, () => next);
      setEdits({});
      void reread(keys.settings);
      void reread(keys.fallback);
      toast({ text: "Saved. In force from the next request on." });
    },
    onError: (error) => toast({ tone: "bad", text: `Not saved: ${explainError(error)}` }),
  });
  return {
    edits,
    values: { ...stored, ...edits },
    defaults: settings.defaults[group],
    isDirty: Object.entries(edits).some(([name, value]) => value !== undefined && value !== stored[name as keyof typeof stored]),
    isSaving: save.isPending,
    lockOf: (name: string) => lockWords(settings, `${group}.${name}`),
    set: (part: Partial<SettingsValues[G]>) => setEdits({ ...edits, ...part }),
    discard: () => setEdits({}),
    save: (event?: FormEvent) => {
      event?.preventDefault();
      save.mutate();
    },
  };
}

export function SaveBar({ group }: { group: { isDirty: boolean; isSaving: boolean; discard: () => void } }) {
  if (!group.isDirty) return null;
  return (
    <div className="mt-5 flex gap-2">
      <Button type="submit" kind="primary" busy={group.isSaving}>Save</Button>
      <Button onClick={group.discard}>Discard</Button>
    </div>
  );
}

const kUnits = [["ms", 1], ["s", 1000], ["min", 60_000], ["h", 3_600_000], ["d", 86_400_000]] as const;

/** The largest unit that gives a whole number. */
export function unitOf(ms: number): number {
  return ms === 0 ? 1000 : kUnits.findLast(([, size]) => ms % size === 0)![1];
}

/** A number that may be empty or half-typed while one is at it; only whole ones are passed on. */
function useNumberText(value: number, onNumber: (value: number) => void) {
  const [text, setText] = useState<string | null>(null);
  return {
    value: text ?? String(value),
    onBlur: () => setText(null),
    onChange: (event: ChangeEvent<HTMLInputElement>) => {
      setText(event.target.value);
      if (!Number.isNaN(event.target.valueAsNumber)) onNumber(event.target.valueAsNumber);
    },
  };
}

type DurationFieldProps = { label: string; value: number; fallback: number; hint?: string; zero?: string; locked?: string | null; onChange: (ms: number) => void };

export function DurationField({ label, value, fallback, hint, zero, locked, onChange }: DurationFieldProps) {
  const [unit, setUnit] = useState(unitOf(value));
  const typed = useNumberText(Number((value / unit).toFixed(4)), (number) => onChange(Math.max(0, Math.round(number * unit))));
  const nameOf = (ms: number) => (ms === 0 && zero ? zero : `${ms / unitOf(ms)} ${kUnits.find(([, size]) => size === unitOf(ms))![0]}`);
  const note = locked ? `Fixed by the ${locked}.` : [hint, `Default: ${nameOf(fallback)}.`].filter(Boolean).join(" ");
  return (
    <Field label={label} hint={note}>
      {(attributes) => (
        <span className="flex gap-2">
          <Input {...attributes} type="number" min={0} step="any" disabled={Boolean(locked)} className="w-28" {...typed} />
          <Select className="shrink-0" aria-label={`Unit of ${label}`} disabled={Boolean(locked)} value={unit} onChange={(event) => { const next = Number(event.target.value); onChange(Math.round((value / unit) * next)); setUnit(next); }}>
            {kUnits.map(([name, size]) => <option key={name} value={size}>{name}</option>)}
          </Select>
        </span>
      )}
    </Field>
  );
}

type NumberFieldProps = { label: string; value: number; fallback: number; hint?: string; min?: number; max?: number; locked?: string | null; onChange: (value: number) => void };

export function NumberField({ label, value, fallback, hint, min = 0, max, locked, onChange }: NumberFieldProps) {
  const typed = useNumberText(value, onChange);
  return (
    <Field label={label} hint={locked ? `Fixed by the ${locked}.` : [hint, `Default: ${fallback}.`].filter(Boolean).join(" ")}>
      {(attributes) => <Input {...attributes} type="number" min={min} max={max} disabled={Boolean(locked)} className="w-32" {...typed} />}
    </Field>
  );
}
