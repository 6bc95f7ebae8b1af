import { EyeOff } from "lucide-react";
import { call, explainError } from "../../api/client";
import { keys } from "../../api/queries";
import { put, reread } from "../../api/reread";
import type { Settings } from "../../api/types";
import { Button } from "../../ui/button";
import { lockWords } from "../settings/block";
import { toast } from "../../ui/toast";

/** What serving without a key means, and the way out of it. */
export function Keyless({ settings }: { settings: Settings }) {
  const lock = lockWords(settings, "routing.keyless");
  return (
    <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-warn bg-warn-soft px-4 py-3">
      <p className="min-w-60 grow basis-0">
        These platforms take requests from anybody. They may log prompts or train on them, and their limits are tight.
        A key of your own raises the limits where there is one; prompts that matter are better off without them.
      </p>
      {lock ? <p className="text-sm text-muted">Fixed by the {lock}.</p> : <Button small icon={EyeOff} onClick={() => void choose(false)}>Stop using them</Button>}
    </div>
  );
}

async function choose(keyless: boolean): Promise<void> {
  try {
    const next = await call("patch", "/api/settings", { body: { routing: { keyless } } });
    put<Settings>(keys.settings, () => next);
    for (const changed of [keys.settings, keys.fallback, keys.quotas]) void reread(changed);
    toast(keyless ? { text: "Platforms without a key are in use again." } : { text: "Requests go only where you have a key.", action: { label: "Undo", run: () => void choose(true) } });
  } catch (error) {
    toast({ tone: "bad", text: `Not changed: ${explainError(error)}` });
  }
}
