// Short notes at the edge of the page, spoken politely; the ones with an action wait longer.
import { X } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { Button, IconButton } from "./button";

type Note = { id: number; text: string; tone: "good" | "bad"; action?: { label: string; run: () => void } };

let notes: Note[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
const set = (next: Note[]) => {
  notes = next;
  listeners.forEach((listener) => listener());
};
/** Nothing goes away under the pointer or while its button has the focus, for as long as reading takes. */
let isHeld = false;
const expire = (id: number, seconds = 10): unknown => (isHeld && seconds > 0 ? setTimeout(() => expire(id, seconds - 1), 1_000) : dismiss(id));
const dismiss = (id: number) => set(notes.filter((note) => note.id !== id));

export function toast({ text, tone = "good", action, forMs }: { text: string; tone?: Note["tone"]; action?: Note["action"]; forMs?: number }): void {
  const id = nextId++;
  set([...notes, { id, text, tone, action }].slice(-4));
  setTimeout(() => void expire(id), forMs ?? (action ? 15_000 : tone === "bad" ? 10_000 : 5_000));
}

export function Toaster() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notes,
  );
  useEffect(() => {
    if (shown.length === 0) isHeld = false;
  }, [shown.length]);
  const hold = (value: boolean) => () => void (isHeld = value);
  return (
    <div role="region" aria-label="Notes" aria-live="polite" onPointerEnter={hold(true)} onPointerLeave={hold(false)} onFocus={hold(true)} onBlur={hold(false)} className="pointer-events-none toaster fixed right-4 bottom-4 left-4 z-40 grid justify-items-end gap-2 sm:left-auto">
      {shown.map((note) => (
        <div key={note.id} className={`pointer-events-auto flex w-full max-w-md items-center gap-2 rounded-lg border bg-surface py-2 pr-2 pl-4 shadow-lg ${note.tone === "bad" ? "border-bad" : "border-line"}`}>
          <p className="grow py-1">{note.text}</p>
          {note.action && (
            <Button small kind="primary" onClick={() => { dismiss(note.id); note.action?.run(); }}>{note.action.label}</Button>
          )}
          <IconButton label="Dismiss" icon={X} onClick={() => dismiss(note.id)} />
        </div>
      ))}
    </div>
  );
}
