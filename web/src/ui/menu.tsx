import { DropdownMenu } from "radix-ui";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

export type MenuItem = { label: string; icon?: LucideIcon; run: () => void; danger?: boolean; disabled?: boolean } | "line";

/** Not modal: a modal one would lock scrolling with an injected style sheet, which the page's policy forbids. */
export function Menu({ trigger, items }: { trigger: ReactNode; items: MenuItem[] }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="end" sideOffset={4} collisionPadding={8} className="z-30 min-w-48 rounded-md border border-line bg-surface p-1 shadow-xl">
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
    </DropdownMenu.Root>
  );
}
