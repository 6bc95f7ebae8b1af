import { useFeed } from "../api/events";
import { useAnswered, useFallback, useKeys, useRecentRequests } from "../api/queries";
import type { Key, KeyState } from "../api/types";
import { plural } from "./format";
import { keyWords } from "./words";

export type Step = { id: "key" | "order" | "request"; title: string; done: boolean; detail: string };

/** The three first steps with their state, read from what is really there; null while unknown. */
export function useSteps(): Step[] | null {
  const stored = useKeys();
  const fallback = useFallback();
  const recent = useRecentRequests(1);
  const answered = useAnswered();
  const { requests } = useFeed();
  if (!stored.data || !fallback.data || !recent.data || !answered.data) return null;
  const made = recent.data.data.length > 0 || requests.length > 0;
  const served = answered.data.data.length > 0 || requests.some((row) => row.outcome === "succeeded");
  const total = stored.data.data.length;
  return [
    { id: "key", title: "Add a key", done: total > 0, detail: total === 0 ? "One free key is enough to start." : storedWords(stored.data.data) },
    { id: "order", title: "Order the models", done: fallback.data.customised, detail: fallback.data.customised ? "You have set your own order." : "The catalog's order is in force: smartest first. Change it or leave it." },
    { id: "request", title: "Make a request", done: served, detail: served ? "The first answer has come through." : made ? "Requests have arrived, but none has been answered yet; the page Requests says why." : "Point any OpenAI client at this address." },
  ];
}

const kStates: KeyState[] = ["valid", "unknown", "unverifiable", "invalid", "undecryptable"];

/** "3 keys stored: 2 valid, 1 not checked yet." Nothing is called ready that nobody has seen work. */
export function storedWords(stored: Pick<Key, "state">[]): string {
  const parts = kStates.map((state) => [stored.filter((key) => key.state === state).length, keyWords[state].text.toLowerCase()] as const).filter(([count]) => count > 0);
  return `${plural(stored.length, "key")} stored: ${parts.map(([count, words]) => `${count} ${words}`).join(", ")}.`;
}
