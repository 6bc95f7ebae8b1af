import { countChanges } from "../../lib/order";
import { plural } from "../../lib/format";
import { Button } from "../../ui/button";
import type { useDraft } from "./use-draft";

export function DraftBar({ draft }: { draft: ReturnType<typeof useDraft> }) {
  if (!draft.isDirty) return null;
  const { moved, switched } = countChanges(draft.base, draft.lines);
  const parts = [moved > 0 && `${plural(moved, "model")} moved`, switched > 0 && `${switched} switched`].filter(Boolean).join(", ");
  return (
    <div role="region" aria-label="Unsaved changes" data-bottom-bar className="sticky bottom-3 z-10 mt-4 flex flex-wrap items-center gap-3 rounded-lg border border-accent bg-surface px-4 py-2.5 shadow-xl">
      {draft.isConflict ? (
        <>
          <p role="alert" className="grow basis-60"><strong className="font-semibold">The order was changed elsewhere meanwhile.</strong> Yours is kept here: {parts}.</p>
          <Button small onClick={draft.discard}>Take theirs</Button>
          <Button small kind="primary" busy={draft.isSaving} onClick={draft.keepMine}>Save mine over it</Button>
        </>
      ) : (
        <>
          <p className="grow basis-full sm:basis-60"><strong className="font-semibold">Not saved yet:</strong> {parts}.</p>
          <Button small onClick={draft.discard}>Discard</Button>
          <Button small kind="primary" busy={draft.isSaving} onClick={draft.save}>Save order</Button>
        </>
      )}
    </div>
  );
}
