import { Activity, ArrowDownUp, Columns2, Gauge, KeyRound, Library, ListTree, LogOut, Menu as MenuIcon, MessageSquare, Monitor, Moon, Settings as Cog, Sun, type LucideIcon } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { call } from "./api/client";
import { useFeed } from "./api/events";
import { useNextTheme } from "./lib/theme";
import { IconButton } from "./ui/button";
import { Dialog } from "./ui/dialog";

type Item = { path: string; name: string; icon: LucideIcon };
const kGroups: { title: string; items: Item[] }[] = [
  { title: "Pool", items: [
    { path: "/", name: "Overview", icon: Activity },
    { path: "/keys", name: "Keys", icon: KeyRound },
    { path: "/fallback", name: "Fallback", icon: ArrowDownUp },
    { path: "/models", name: "Models", icon: Library },
    { path: "/requests", name: "Requests", icon: ListTree },
  ] },
  { title: "Try it", items: [
    { path: "/playground", name: "Playground", icon: MessageSquare },
    { path: "/compare", name: "Compare", icon: Columns2 },
    { path: "/stress", name: "Stress test", icon: Gauge },
  ] },
  { title: "", items: [{ path: "/settings", name: "Settings", icon: Cog }] },
];

export function Shell({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const [path] = useLocation();
  useEffect(() => setOpen(false), [path]);
  return (
    <div className="lg:grid lg:grid-cols-[13.5rem_minmax(0,1fr)]">
      <a href="#content" className="absolute top-2 left-2 z-50 -translate-y-16 rounded-md bg-text px-4 py-2 text-bg focus:translate-y-0">Skip to content</a>
      <aside className="sticky top-0 hidden h-dvh flex-col overflow-y-auto border-r border-line px-3 pt-6 pb-4 lg:flex">
        <Brand />
        <Nav path={path} />
        <Foot />
      </aside>
      <header className="sticky top-0 z-20 flex items-center justify-between border-b border-line bg-bg px-4 py-2 lg:hidden">
        <Brand />
        <IconButton label="Menu" icon={MenuIcon} onClick={() => setOpen(true)} />
      </header>
      <Dialog open={open} onClose={() => setOpen(false)} title="Menu" side>
        <Nav path={path} />
        <Foot />
      </Dialog>
      <main id="content" className="min-w-0">
        <Lost />
        {children}
      </main>
    </div>
  );
}

/** Said once it is more than a hiccup. What is on the page stays there meanwhile. */
function Lost() {
  const { connected, everConnected } = useFeed();
  const [isLong, setIsLong] = useState(false);
  const isLost = everConnected && !connected;
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(isLost), isLost ? 2_500 : 0);
    return () => clearTimeout(timer);
  }, [isLost]);
  return (
    <div role="status" className="sticky top-0 z-10 max-lg:top-14">
      {isLost && isLong && <p className="border-b border-warn bg-surface px-4 py-2 text-warn sm:px-8">The daemon does not answer. What you see is from before; this page goes on by itself.</p>}
    </div>
  );
}

function Brand() {
  return (
    <Link href="/" className="-mx-2 flex items-center gap-2.5 px-2 font-semibold tracking-tight lg:mx-0" aria-label="FreeLLMAPI, overview">
      <svg viewBox="0 0 32 32" className="size-6" aria-hidden fill="none" strokeWidth="3.6" strokeLinecap="round">
        <path d="M3 7h7c6 0 6 9 12 9" className="route-ink" style={{ "--hue": 70, fill: "none" } as React.CSSProperties} />
        <path d="M3 25h7c6 0 6-9 12-9" className="route-ink" style={{ "--hue": 250, fill: "none" } as React.CSSProperties} />
        <path d="M3 16h26" className="route-ink" style={{ "--hue": 175, fill: "none" } as React.CSSProperties} />
      </svg>
      FreeLLMAPI
    </Link>
  );
}

function Nav({ path }: { path: string }) {
  const isHere = (item: Item) => (item.path === "/" ? path === "/" : path.startsWith(item.path));
  return (
    <nav aria-label="Pages" className="mt-6 grow">
      {kGroups.map((group) => (
        <div key={group.title} className="mb-5">
          {group.title && <p className="mb-1 px-2 text-sm text-muted">{group.title}</p>}
          <ul>
            {group.items.map((item) => (
              <li key={item.path}>
                <Link
                  href={item.path}
                  aria-current={isHere(item) ? "page" : undefined}
                  className="flex min-h-10 items-center gap-3 rounded-md px-2 text-muted hover:bg-sunken hover:text-text aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-text lg:min-h-9"
                >
                  <item.icon size={17} aria-hidden />
                  {item.name}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function Foot() {
  const { connected, everConnected } = useFeed();
  const theme = useNextTheme();
  const Icon = { light: Sun, dark: Moon, system: Monitor }[theme.now];
  const logOut = async () => {
    await call("post", "/api/auth/logout").catch(() => undefined);
    window.location.assign("/"); // a fresh page: nothing of the old one stays
  };
  return (
    <div className="flex items-center justify-between border-t border-line pt-3 pl-2">
      <p role="status" className="flex items-center gap-2 text-sm text-muted">
        <span aria-hidden className={`size-2 rounded-full ${connected ? "bg-good" : "bg-warn pulse"}`} />
        {connected ? "Live" : everConnected ? "Reconnecting" : "Connecting"}
      </p>
      <span className="flex">
        <IconButton label={`Theme: ${theme.now}. Switch to ${theme.next}`} icon={Icon} onClick={theme.advance} />
        <IconButton label="Log out" icon={LogOut} onClick={() => void logOut()} />
      </span>
    </div>
  );
}
