import type { Attempt } from "../../api/types";
import { formatDuration } from "../../lib/format";
import { hueOf } from "../../lib/hue";
import { failureWords } from "../../lib/words";

/** Attempts one below the other on one scale; the notch is the first token. */
export function AttemptTimeline({ attempts, total, name }: { attempts: Attempt[]; total: number; name: (slug: string) => string }) {
  const span = Math.max(total, ...attempts.map((attempt) => attempt.offset_ms + attempt.duration_ms), 1);
  const at = (ms: number) => `${Math.min(100, (ms / span) * 100)}%`;
  return (
    <section>
      <h3 className="font-semibold">Attempts in time</h3>
      <ol className="mt-3 grid grid-cols-[minmax(0,1fr)] gap-3" aria-label="Attempts in time">
        {attempts.map((attempt) => {
          const served = attempt.result === "served";
          return (
            <li key={attempt.index}>
              <p className="mb-1 grid gap-x-3 text-sm sm:flex sm:justify-between">
                <span className="min-w-0 break-words">{attempt.upstream_id} <span className="text-muted">{name(attempt.platform)}</span></span>
                <span className={`sm:whitespace-nowrap ${served ? "text-good" : "text-bad"}`}>{served ? "answered" : attempt.failure ? failureWords[attempt.failure].toLowerCase() : attempt.result}, {formatDuration(attempt.duration_ms)}</span>
              </p>
              <div className="relative h-4 overflow-hidden rounded-sm bg-sunken" aria-hidden>
                <span
                  className={`absolute inset-y-0 min-w-1 rounded-sm ${served ? "route-mark" : "border-2 border-bad bg-bad-soft"}`}
                  style={{ left: `min(${at(attempt.offset_ms)}, 100% - 0.25rem)`, width: at(attempt.duration_ms), "--hue": hueOf(attempt.platform) } as React.CSSProperties}
                />
                {attempt.ttft_ms !== null && <span className="absolute inset-y-0 w-0.5 bg-bg" style={{ left: at(attempt.offset_ms + attempt.ttft_ms) }} />}
              </div>
            </li>
          );
        })}
      </ol>
      <p className="mt-2 flex justify-between text-sm text-muted"><span>0 ms</span><span>{attempts.some((attempt) => attempt.ttft_ms !== null) && "the notch is the first token"}</span><span>{formatDuration(span)}</span></p>
    </section>
  );
}
