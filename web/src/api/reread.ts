// Reading again what the daemon has changed. Answers, events and the answers to earlier questions overtake each
// other: whatever was asked before a change may show the state before it, however late it arrives. So after every
// change a question is asked that was not on its way yet; the page then ends with what the daemon holds.
import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { queryClient } from "./queries";

/** Resolves once nothing under `queryKey` is on its way. */
function atRest(client: QueryClient, queryKey: QueryKey): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (client.isFetching({ queryKey }) > 0) return;
      stop();
      resolve();
    };
    const stop = client.getQueryCache().subscribe(look);
    look();
  });
}

export class Rereader {
  /** Those that have not asked yet, by what they will ask and how long they gather. */
  readonly #waiting = new Map<string, Promise<void>>();

  constructor(readonly client: QueryClient) {}

  /**
   * Asks again for all that is shown under `queryKey`, once for all who want it within `gather_ms`, and never before
   * what is on its way has arrived: neither a busy feed nor a slow daemon keeps an answer from being shown. Resolves
   * with the fresh answer in place, or with the failure in the query's state.
   */
  reread(queryKey: QueryKey, gather_ms = 0): Promise<void> {
    const name = JSON.stringify([queryKey, gather_ms]);
    const known = this.#waiting.get(name);
    if (known) return known;
    const done = this.#run(name, queryKey, gather_ms);
    this.#waiting.set(name, done);
    return done;
  }

  async #run(name: string, queryKey: QueryKey, gather_ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, gather_ms));
    await atRest(this.client, queryKey);
    this.#waiting.delete(name);
    await this.client.invalidateQueries({ queryKey });
  }

  /** The same for all that was ever asked, but for what `except` names. */
  everything(except: string): void {
    for (const { queryKey } of this.client.getQueryCache().getAll()) {
      if (queryKey[0] !== except) void this.reread(queryKey);
    }
  }
}

/** Shows a change at once. An answer on its way is from before it and is not waited for; `reread` must follow. */
export function put<T>(queryKey: QueryKey, change: (shown: T) => T): void {
  if (queryClient.getQueryData(queryKey) === undefined) return;
  void queryClient.cancelQueries({ queryKey, exact: true });
  queryClient.setQueryData<T>(queryKey, (shown) => shown && change(shown));
}

const rereader = new Rereader(queryClient);
export const reread = (queryKey: QueryKey, gather_ms?: number): Promise<void> => rereader.reread(queryKey, gather_ms);
/** All but who is logged in. */
export const rereadEverything = (): void => rereader.everything("auth");
