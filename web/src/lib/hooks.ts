import { useEffect, useLayoutEffect, useState, useSyncExternalStore, type RefObject } from "react";

let now = Date.now();
const tickers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribeTick(listener: () => void): () => void {
  tickers.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    tickers.forEach((tick) => tick());
  }, 1000);
  return () => {
    tickers.delete(listener);
    if (tickers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The present moment, renewed every second by one timer for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribeTick, () => now);
}

export function useMedia(query: string): boolean {
  const [list] = useState(() => window.matchMedia(query));
  return useSyncExternalStore(
    (listener) => {
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => list.matches,
  );
}

/** State that survives a reload and is shared by tabs. `null` removes it. */
export function useStored<T>(name: string, initial: T): [T, (value: T) => void] {
  const key = `freellmapi.${name}`;
  const text = useSyncExternalStore(subscribeStore, () => localStorage.getItem(key));
  const value = text === null ? initial : (JSON.parse(text) as T);
  const set = (next: T) => {
    if (next === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(next));
    storeListeners.forEach((listener) => listener());
  };
  return [value, set];
}

const storeListeners = new Set<() => void>();
function subscribeStore(listener: () => void): () => void {
  storeListeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    storeListeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · FreeLLMAPI`;
  }, [title]);
}

/** Where an element starts on the page, looked up after every render: what stands above it may come and go. */
export function useOffsetTop(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- any render may have moved it; equal values stop here
  useLayoutEffect(() => setTop(element.current?.offsetTop ?? 0));
  return top;
}
