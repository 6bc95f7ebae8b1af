import { ImagePlus, SendHorizontal, Square, X } from "lucide-react";
import { useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";
import { Button, IconButton } from "../../ui/button";
import { Textarea } from "../../ui/field";
import { toast } from "../../ui/toast";

const kMaxBytes = 4 * 1024 * 1024;

type ComposerProps = { text: string; onText: (text: string) => void; busy: boolean; onSend: (images: string[]) => void; onStop: () => void };

export function Composer({ text, onText, busy, onSend, onStop }: ComposerProps) {
  const [images, setImages] = useState<string[]>([]);
  const file = useRef<HTMLInputElement>(null);
  const canSend = !busy && text.trim().length > 0;
  const send = () => {
    if (!canSend) return;
    onSend(images);
    setImages([]);
  };
  const addFiles = async (files: Iterable<File>) => {
    for (const one of files) {
      if (!one.type.startsWith("image/")) continue;
      if (one.size > kMaxBytes) toast({ tone: "bad", text: `${one.name} is larger than 4 MiB.` });
      else {
        const url = await readUrl(one);
        setImages((known) => [...known, url]);
      }
    }
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    }
  };
  const onPaste = (event: ClipboardEvent) => void addFiles([...event.clipboardData.files]);
  return (
    <div data-bottom-bar className="sticky bottom-0 -mx-1 bg-bg px-1 pt-4 pb-3">
      {images.length > 0 && (
        <ul className="mb-2 flex flex-wrap gap-2" aria-label="Pictures to send">
          {images.map((url, index) => (
            <li key={index} className="relative">
              <img src={url} alt={`To send, number ${index + 1}`} className="size-16 rounded-md border border-line object-cover" />
              <IconButton label={`Remove picture ${index + 1}`} icon={X} className="absolute -top-2 -right-2 size-6 rounded-full border border-line bg-surface" onClick={() => setImages(images.filter((_, at) => at !== index))} />
            </li>
          ))}
        </ul>
      )}
      <div className="flex items-end gap-2">
        <IconButton label="Add a picture" icon={ImagePlus} onClick={() => file.current?.click()} className="mb-0.5" />
        <input ref={file} type="file" accept="image/*" multiple hidden onChange={(event) => { void addFiles([...(event.target.files ?? [])]); event.target.value = ""; }} />
        <Textarea aria-label="Message" placeholder="Message…" rows={Math.min(8, Math.max(1, text.split("\n").length))} value={text} onChange={(event) => onText(event.target.value)} onKeyDown={onKey} onPaste={onPaste} className="min-h-10 resize-none" />
        {busy ? <Button icon={Square} onClick={onStop}>Stop</Button> : <Button kind="primary" icon={SendHorizontal} disabled={!canSend} onClick={send}>Send</Button>}
      </div>
      <p className="mt-1 pl-11 text-sm text-muted max-sm:hidden">Enter sends, Shift with Enter starts a new line.</p>
    </div>
  );
}

function readUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error("unreadable"));
    reader.readAsDataURL(file);
  });
}
