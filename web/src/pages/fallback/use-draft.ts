// The draft lives in the browser's storage: a reload, a closed tab or a second tab loses nothing.
import { useMutation } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { ApiError, call } from "../../api/client";
import { keys } from "../../api/queries";
import { put, reread } from "../../api/reread";
import type { Fallback } from "../../api/types";
import { useStored } from "../../lib/hooks";
import { applyLines, linesOf, sameLines, type Draft, type Line } from "../../lib/order";
import { toast } from "../../ui/toast";

export function useDraft(fallback: Fallback | undefined) {
  const [draft, setDraft] = useStored<Draft | null>("fallback-draft", null);
  const current = useMemo(() => (fallback ? linesOf(fallback.entries) : []), [fallback]);
  const isStale = Boolean(draft && fallback && draft.version !== fallback.version);
  const isConflict = isStale && !sameLines(draft!.base, current);

  useEffect(() => {
    if (!draft || !fallback) return;
    if (sameLines(draft.lines, current)) setDraft(null);
    else if (isStale && !isConflict) setDraft({ ...draft, version: fallback.version });
  });

  const save = useMutation({
    mutationFn: async (version: number) => {
      const entries = applyLines(fallback!.entries, draft!.lines).map(({ model_id, enabled }) => ({ model_id, enabled }));
      return call("put", "/api/fallback", { headers: { "if-match": `"${version}"` }, body: { entries } });
    },
    onSuccess: (stored) => {
      put<Fallback>(keys.fallback, () => stored);
      setDraft(null);
      void reread(keys.fallback);
      void reread(keys.models);
      toast({ text: "Order saved. The next request follows it." });
    },
    onError: (error) => {
      if (error instanceof ApiError && error.status === 412) void reread(keys.fallback);
      else toast({ tone: "bad", text: `Not saved, your changes are kept: ${error.message}` });
    },
  });

  const lines = draft?.lines ?? current;
  return {
    entries: useMemo(() => (fallback ? applyLines(fallback.entries, lines) : []), [fallback, lines]),
    lines,
    base: draft?.base ?? current,
    isDirty: draft !== null,
    isConflict,
    isSaving: save.isPending,
    change: (next: Line[]) => {
      if (!fallback || next === lines) return;
      setDraft({ version: draft?.version ?? fallback.version, base: draft?.base ?? current, lines: next });
    },
    discard: () => setDraft(null),
    save: () => save.mutate(draft!.version),
    keepMine: () => fallback && save.mutate(fallback.version),
  };
}
