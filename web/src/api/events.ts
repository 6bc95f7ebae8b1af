// The live feed: one EventSource per page. Events either carry the new value (keys, requests) or say what to
// fetch again; both tabs of a user therefore agree within a moment.
import { useLayoutEffect, useSyncExternalStore } from "react";
import { keys, queryClient } from "./queries";
import { put, reread, rereadEverything } from "./reread";
import type { FallbackEvent, Key, KeyEvent, RequestEvent, RequestRow } from "./types";

const kKept = 400;
const kSleepAfter_ms = 10_000;
type Feed = { connected: boolean; everConnected: boolean; requests: RequestRow[]; failures: RequestEvent[] };

let feed: Feed = { connected: false, everConnected: false, requests: [], failures: [] };
const listeners = new Set<() => void>();

function publish(next: Partial<Feed>): void {
  feed = { ...feed, ...next };
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useFeed = (): Feed => useSyncExternalStore(subscribe, () => feed);

/** Newest first; an event replaces the row it continues. */
export function mergeRequest(rows: RequestRow[], row: RequestRow): RequestRow[] {
  const at = rows.findIndex((known) => known.id === row.id);
  if (at >= 0) return rows.map((known, index) => (index === at ? row : known));
  return [row, ...rows].slice(0, kKept);
}

let unfetched = 0;

/** The lists show live rows above the fetched ones. Many pages are fetched again only before a gap would open. */
function refreshLists(): void {
  ++unfetched;
  const pages = queryClient.getQueriesData<{ pages?: unknown[] }>({ queryKey: [...keys.requests, "list"] }).map(([, list]) => list?.pages?.length ?? 0);
  if (Math.max(0, ...pages) > 2 && unfetched < kKept / 2) return;
  unfetched = 0;
  void reread([...keys.requests, "list"], 2_000);
}

export function applyKeyEvent(rows: Key[], event: KeyEvent): Key[] {
  if (event.change === "deleted") return rows.filter((key) => key.id !== event.key.id);
  if (rows.some((key) => key.id === event.key.id)) return rows.map((key) => (key.id === event.key.id ? event.key : key));
  return [...rows, event.key];
}

function handle(type: string, text: string): void {
  switch (type) {
    case "request": {
      const event = JSON.parse(text) as RequestEvent;
      publish({
        requests: mergeRequest(feed.requests, event.request),
        failures: event.phase === "attempt_failed" ? [event, ...feed.failures].slice(0, 20) : feed.failures,
      });
      if (event.phase === "finished") {
        void reread(keys.analytics, 4_000);
        refreshLists();
      }
      return;
    }
    case "key":
      put<{ data: Key[] }>(keys.keys, ({ data }) => ({ data: applyKeyEvent(data, JSON.parse(text) as KeyEvent) }));
      void reread(keys.keys, 300);
      void reread(keys.platforms, 300);
      void reread(keys.fallback, 600);
      void reread(keys.models, 900);
      return;
    case "fallback": {
      const event = JSON.parse(text) as FallbackEvent;
      void reread(keys.fallback, 50);
      void reread(keys.models, 300);
      if (event.change === "platforms") {
        void reread(keys.platforms, 100);
        void reread(keys.custom, 100);
      }
      return;
    }
    case "quota":
      void reread(keys.fallback, 1_500);
      void reread(keys.quotas, 1_500);
      return;
    case "settings":
      void reread(keys.settings, 50);
      void reread(keys.apiKey, 50);
      return;
    default: // resync: what was seen running may have ended unseen
      publish({ requests: [], failures: [] });
      rereadEverything();
  }
}

/** Keeps the feed open while the caller is mounted and `live`. */
export function useLiveFeed(live: boolean): void {
  // Before the effects of the pages, so that most of what they ask for is asked for under the feed's eyes.
  useLayoutEffect(() => {
    if (!live) return;
    let source: EventSource;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const open = () => {
      source = new EventSource("/api/events");
      source.onopen = () => publish({ connected: true, everConnected: true });
      source.onerror = () => {
        publish({ connected: false });
        if (source.readyState !== EventSource.CLOSED) return;
        // Refused rather than broken: the session may be over, or the daemon is starting. Ask, then try again.
        void queryClient.invalidateQueries({ queryKey: [...keys.auth] });
        retry = setTimeout(open, 3_000);
      };
      // Nothing of what was read until here was followed.
      source.addEventListener("hello", () => handle("resync", ""));
      for (const type of ["request", "key", "fallback", "quota", "settings", "resync"]) {
        source.addEventListener(type, (event) => handle(type, (event as MessageEvent<string>).data));
      }
    };
    // A browser grants six connections to one host over all tabs: those nobody looks at give theirs back.
    let sleep: ReturnType<typeof setTimeout> | undefined;
    let isAsleep = false;
    const onVisibility = () => {
      clearTimeout(sleep);
      if (document.hidden) {
        sleep = setTimeout(() => {
          isAsleep = true;
          clearTimeout(retry);
          source.close();
          publish({ connected: false });
        }, kSleepAfter_ms);
      } else if (isAsleep) {
        isAsleep = false;
        open();
      }
    };
    document.addEventListener("visibilitychange", onVisibility);
    open();
    onVisibility(); // it may have been opened in the background
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      clearTimeout(sleep);
      clearTimeout(retry);
      source.close();
      publish({ connected: false });
    };
  }, [live]);
}
