// What can be done to a key: shown at once, taken back when the daemon refuses.
import { applyKeyEvent } from "../../api/events";
import { call, explainError } from "../../api/client";
import { keys } from "../../api/queries";
import { put as show, reread } from "../../api/reread";
import type { Key } from "../../api/types";
import { toast } from "../../ui/toast";

const put = (change: "added" | "changed" | "deleted" | "restored", key: Key) =>
  show<{ data: Key[] }>(keys.keys, ({ data }) => ({ data: applyKeyEvent(data, { change, key }).sort((a, b) => a.id - b.id) }));

export async function patchKey(key: Key, body: { label?: string; enabled?: boolean }): Promise<void> {
  put("changed", { ...key, ...body });
  try {
    await call("patch", "/api/keys/{id}", { path: { id: key.id }, body });
  } catch (error) {
    put("changed", key);
    toast({ tone: "bad", text: `Not changed: ${explainError(error)}` });
  }
  void reread(keys.keys);
}

export async function testKey(key: Key): Promise<void> {
  put("changed", { ...key, checking: true });
  try {
    await call("post", "/api/keys/{id}/test", { path: { id: key.id } });
  } catch (error) {
    put("changed", key);
    toast({ tone: "bad", text: `Not tested: ${explainError(error)}` });
  }
  void reread(keys.keys); // the verdict's event may have come before the answer
}

export async function deleteKey(key: Key): Promise<void> {
  put("deleted", key);
  try {
    const { restorable_until } = await call("delete", "/api/keys/{id}", { path: { id: key.id } });
    const left = Math.max(5_000, Date.parse(restorable_until) - Date.now() - 2_000);
    toast({ text: `Key ${key.label || key.masked} deleted.`, action: { label: "Undo", run: () => void restoreKey(key) }, forMs: left });
  } catch (error) {
    put("restored", key);
    toast({ tone: "bad", text: `Not deleted: ${explainError(error)}` });
  }
  void reread(keys.keys);
}

async function restoreKey(key: Key): Promise<void> {
  try {
    put("restored", await call("post", "/api/keys/{id}/restore", { path: { id: key.id } }));
    void reread(keys.keys);
    toast({ text: `Key ${key.label || key.masked} is back.` });
  } catch (error) {
    toast({ tone: "bad", text: `Could not bring it back: ${explainError(error)}` });
  }
}
