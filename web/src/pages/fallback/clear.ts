import { call, explainError } from "../../api/client";
import { keys } from "../../api/queries";
import { reread } from "../../api/reread";
import type { FallbackEntry } from "../../api/types";
import { toast } from "../../ui/toast";

/** Lets a model be tried again at once, at its own place. */
export async function clearPressure(entry: FallbackEntry): Promise<void> {
  try {
    await call("post", "/api/quotas/clear", { body: { what: "cooldown_and_penalty", model_id: entry.model_id } });
    await Promise.all([reread(keys.fallback), reread(keys.quotas)]);
    toast({ text: `${entry.display_name} may be tried again.` });
  } catch (error) {
    toast({ tone: "bad", text: explainError(error) });
  }
}
