import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
const kKey = "freellmapi.theme";
const listeners = new Set<() => void>();

const read = (): Theme => {
  const stored = localStorage.getItem(kKey);
  return stored === "light" || stored === "dark" ? stored : "system";
};

export function setTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(kKey);
  else localStorage.setItem(kKey, theme);
  apply();
}

function apply(): void {
  const theme = read();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  listeners.forEach((listener) => listener());
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    window.addEventListener("storage", apply);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) window.removeEventListener("storage", apply);
    };
  }, read);
}

export function useNextTheme(): { now: Theme; next: Theme; advance: () => void } {
  const now = useTheme();
  const next: Theme = now === "system" ? "light" : now === "light" ? "dark" : "system";
  return { now, next, advance: () => setTheme(next) };
}
