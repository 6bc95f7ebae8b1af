// Small pieces of text and colour used on every page.
import { Check, Copy, type LucideIcon, TriangleAlert } from "lucide-react";
import { useState, type ReactNode } from "react";
import { explainError } from "../api/client";
import { formatExact, formatRelative } from "../lib/format";
import { useNow } from "../lib/hooks";
import { hueOf } from "../lib/hue";
import { Button, IconButton } from "./button";
import { toast } from "./toast";

export type Tone = "good" | "warn" | "bad" | "muted" | "accent";
const kInk: Record<Tone, string> = { good: "text-good", warn: "text-warn", bad: "text-bad", muted: "text-muted", accent: "text-accent" };
const kDot: Record<Tone, string> = { good: "bg-good", warn: "bg-warn", bad: "bg-bad", muted: "bg-edge", accent: "bg-accent" };

/** A dot and a word; never colour alone. */
export function StateWord({ tone, children, pulse }: { tone: Tone; children: ReactNode; pulse?: boolean }) {
  return (
    <span className={`inline-flex items-baseline gap-1.5 text-sm whitespace-nowrap ${kInk[tone]}`}>
      <span aria-hidden className={`size-2 shrink-0 self-center rounded-full ${kDot[tone]} ${pulse ? "pulse" : ""}`} />
      {children}
    </span>
  );
}

/** The platform's line on the map; grey where there is none. */
export function RouteMark({ slug, className = "h-4 w-1.5" }: { slug: string; className?: string }) {
  return <span aria-hidden className={`${slug ? "route-mark" : "bg-line"} inline-block shrink-0 rounded-full ${className}`} style={{ "--hue": hueOf(slug) } as React.CSSProperties} />;
}

export function PlatformName({ slug, name }: { slug: string; name: string }) {
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap">
      <RouteMark slug={slug} />
      {name}
    </span>
  );
}

/** Relative, with the exact time on hover and for machines. */
export function Ago({ at, fallback = "never" }: { at: string | null | undefined; fallback?: string }) {
  const now = useNow();
  if (!at) return <>{fallback}</>;
  return <time dateTime={at} title={formatExact(at)} className="whitespace-nowrap">{formatRelative(at, now)}</time>;
}

/** What is left of a limit: full when nothing is used, a stub in red when nothing is left. */
export function Meter({ label, left, limit, text }: { label: string; left: number; limit: number; text?: string }) {
  const share = limit > 0 ? Math.min(1, Math.max(0, left / limit)) : 0;
  const tone = share <= 0 ? "bg-bad" : share <= 0.2 ? "bg-warn" : "bg-accent";
  return (
    <span role="meter" aria-label={label} aria-valuenow={Math.min(Math.max(0, left), Math.max(limit, 1))} aria-valuemin={0} aria-valuemax={Math.max(limit, 1)} aria-valuetext={text} className="block h-1.5 overflow-hidden rounded-full bg-line">
      <span className={`block h-full min-w-1.5 rounded-full ${tone}`} style={{ width: `${share * 100}%` }} />
    </span>
  );
}

export function CopyButton({ text, label = "Copy", withText }: { text: string | (() => Promise<string>); label?: string; withText?: boolean }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : await text());
      setDone(true);
      setTimeout(() => setDone(false), 1500);
    } catch (error) {
      toast({ tone: "bad", text: `Could not copy: ${explainError(error)}` });
    }
  };
  const icon = done ? Check : Copy;
  const name = done ? "Copied" : label;
  return withText ? <Button small icon={icon} onClick={() => void copy()}>{name}</Button> : <IconButton label={name} icon={icon} onClick={() => void copy()} />;
}

export function Empty({ icon: Icon, title, children, action }: { icon: LucideIcon; title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <div className="rounded-lg border border-dashed border-edge px-6 py-10 text-center">
      <Icon size={26} aria-hidden className="mx-auto text-accent" />
      <p className="mt-3 text-lg font-semibold">{title}</p>
      <p className="mx-auto mt-1 max-w-md text-muted">{children}</p>
      {action && <div className="mt-5 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 rounded-lg border border-bad bg-bad-soft px-4 py-3">
      <TriangleAlert size={18} aria-hidden className="text-bad" />
      <p className="grow">{explainError(error)}</p>
      {retry && <Button small onClick={retry}>Try again</Button>}
    </div>
  );
}

/** Stands where something will be, at its size, so that nothing jumps. */
export function Waiting({ rows = 6, height = "h-12" }: { rows?: number; height?: string }) {
  return (
    <div role="status" aria-label="Loading" className="grid gap-2">
      {Array.from({ length: rows }, (_, index) => <div key={index} className={`skeleton ${height}`} />)}
    </div>
  );
}

export function Tag({ children, title }: { children: ReactNode; title?: string }) {
  return <span title={title} className="inline-block rounded-sm border border-line bg-sunken px-1.5 text-xs leading-5 whitespace-nowrap text-muted">{children}</span>;
}
