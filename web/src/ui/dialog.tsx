// The browser's own dialog: it traps focus, closes on Escape, gives focus back, and needs no injected styles.
import { X } from "lucide-react";
import { useEffect, useId, useRef, type ReactNode } from "react";
import { Button, IconButton } from "./button";

type DialogProps = { open: boolean; onClose: () => void; title: string; children: ReactNode; side?: boolean; wide?: boolean };

export function Dialog({ open, onClose, title, children, side, wide }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (open && dialog && !dialog.open) {
      dialog.showModal();
      (dialog.querySelector<HTMLElement>("[data-autofocus]") ?? dialog.querySelector("h2"))?.focus();
    }
    if (!open && dialog?.open) dialog.close();
  }, [open]);
  const shape = side
    ? "drawer ml-auto mr-0 my-0 h-dvh max-h-dvh w-full max-w-full border-l sm:max-w-2xl"
    : `m-auto max-h-[min(92dvh,60rem)] w-[calc(100%-1.5rem)] ${wide ? "max-w-4xl" : "max-w-xl"} rounded-lg border`;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events -- Escape closes it too
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onClose={onClose}
      onCancel={(event) => event.target !== ref.current && event.stopPropagation()}
      onClick={(event) => side && event.target === ref.current && onClose()}
      className={`border-line bg-bg p-0 text-text shadow-2xl ${shape}`}
    >
      {open && (
        <div className="flex min-h-full flex-col">
          <header className="sticky top-0 z-10 flex items-center justify-between gap-3 border-b border-line bg-bg py-3 pr-3 pl-5">
            <h2 id={titleId} tabIndex={-1} className="text-lg font-semibold outline-none">{title}</h2>
            <IconButton label="Close" icon={X} onClick={onClose} />
          </header>
          <div className="min-w-0 grow px-5 py-5">{children}</div>
        </div>
      )}
    </dialog>
  );
}

type ConfirmProps = { open: boolean; title: string; children: ReactNode; action: string; busy?: boolean; onConfirm: () => void; onClose: () => void };

export function Confirm({ open, title, children, action, busy, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog open={open} onClose={onClose} title={title}>
      <div className="max-w-prose text-muted">{children}</div>
      <div className="mt-6 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="danger" busy={busy} onClick={onConfirm}>{action}</Button>
      </div>
    </Dialog>
  );
}
