import { useFeed } from "../api/events";
import { useFallback, useKeys, useRecentRequests } from "../api/queries";

export type Step = { id: "key" | "order" | "request"; title: string; done: boolean; detail: string };

/** The three first steps with their state, read from what is really there; null while unknown. */
export function useSteps(): Step[] | null {
  const stored = useKeys();
  const fallback = useFallback();
  const recent = useRecentRequests(1);
  const { requests } = useFeed();
  if (!stored.data || !fallback.data || !recent.data) return null;
  const made = recent.data.data.length > 0 || requests.length > 0;
  const valid = stored.data.data.filter((key) => key.state === "valid" || key.state === "unverifiable").length;
  const total = stored.data.data.length;
  return [
    { id: "key", title: "Add a key", done: total > 0, detail: total === 0 ? "One free key is enough to start." : `${total} stored, ${valid} ready to use.` },
    { id: "order", title: "Order the models", done: fallback.data.customised, detail: fallback.data.customised ? "You have set your own order." : "The catalog's order is in force: smartest first. Change it or leave it." },
    { id: "request", title: "Make a request", done: made, detail: made ? "The first answer has come through." : "Point any OpenAI client at this address." },
  ];
}
