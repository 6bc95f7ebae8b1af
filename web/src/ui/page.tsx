import { useEffect, useRef, type ReactNode } from "react";
import { takeFocusOrder } from "../lib/focus";
import { useTitle } from "../lib/hooks";

export function Page({ title, lead, actions, children, full }: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode; full?: boolean }) {
  useTitle(title);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takeFocusOrder()) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={`mx-auto w-full ${full ? "max-w-[100rem]" : "max-w-6xl"} px-4 pt-6 pb-16 sm:px-8 sm:pt-9`}>
      <header className="mb-7 flex flex-wrap items-end justify-between gap-x-8 gap-y-3 lg:flex-nowrap">
        <div className="min-w-0">
          <h1 ref={heading} tabIndex={-1} className="text-[1.75rem] leading-tight font-semibold outline-none">{title}</h1>
          {lead && <p className="mt-1 max-w-2xl text-muted">{lead}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2 max-sm:w-full lg:shrink-0">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Section({ title, note, actions, children, className = "" }: { title: string; note?: ReactNode; actions?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={`mt-10 first:mt-0 ${className}`}>
      <header className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 className="text-lg font-semibold">{title}</h2>
        {note && <p className="grow text-sm text-muted">{note}</p>}
        {actions && <div className="flex gap-2">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
