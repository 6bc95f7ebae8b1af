import { Ellipsis, type LucideIcon } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useRef, useState, type ReactNode } from "react";

export type MenuItem = { label: string; icon?: LucideIcon; run: () => void; danger?: boolean; disabled?: boolean } | "line";

/** Not modal: a modal one would lock scrolling with an injected style sheet, which the page's policy forbids. */
export function Menu({ trigger, items }: { trigger: ReactNode; items: MenuItem[] }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <Items items={items} />
    </DropdownMenu.Root>
  );
}

/** For rows: nothing but a button until it is opened, because long lists hold hundreds of them. */
export function MoreMenu({ label, items }: { label: string; items: MenuItem[] }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const backToButton = (event: Event) => {
    event.preventDefault();
    button.current?.focus();
  };
  return (
    <span className="relative inline-grid">
      <button ref={button} type="button" aria-label={label} aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)} className="grid size-9 place-items-center rounded-md text-muted hover:bg-sunken hover:text-text">
        <Ellipsis size={17} aria-hidden />
      </button>
      {open && (
        <DropdownMenu.Root modal={false} open onOpenChange={setOpen}>
          <DropdownMenu.Trigger asChild><span aria-hidden tabIndex={-1} className="pointer-events-none absolute inset-0" /></DropdownMenu.Trigger>
          <Items items={items} onCloseAutoFocus={backToButton} label={label} />
        </DropdownMenu.Root>
      )}
    </span>
  );
}

function Items({ items, onCloseAutoFocus, label }: { items: MenuItem[]; onCloseAutoFocus?: (event: Event) => void; label?: string }) {
  return (
    <DropdownMenu.Portal container={document.getElementById("content")}>
      <DropdownMenu.Content align="end" sideOffset={4} collisionPadding={8} onCloseAutoFocus={onCloseAutoFocus} aria-label={label} className="z-30 min-w-48 rounded-md border border-line bg-surface p-1 shadow-xl">
        {items.map((item, index) =>
          item === "line" ? (
            <DropdownMenu.Separator key={index} className="my-1 h-px bg-line" />
          ) : (
            <DropdownMenu.Item
              key={item.label}
              disabled={item.disabled}
              onSelect={item.run}
              className={`flex min-h-9 cursor-pointer items-center gap-2.5 rounded-sm px-2.5 outline-none data-disabled:opacity-45 data-highlighted:bg-sunken ${item.danger ? "text-bad" : ""}`}
            >
              {item.icon && <item.icon size={16} aria-hidden />}
              {item.label}
            </DropdownMenu.Item>
          ),
        )}
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  );
}
