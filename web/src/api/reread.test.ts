import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { queryClient } from "./queries";
import { put, Rereader } from "./reread";

/** A list that the daemon answers with when told to, and what the page shows of it. */
function watch(client: QueryClient, queryKey: string[]) {
  const questions: ((answer: string) => void)[] = [];
  const observer = new QueryObserver<string>(client, { queryKey, queryFn: () => new Promise((resolve) => questions.push(resolve)), retry: false });
  const stop = observer.subscribe(() => undefined);
  return { questions, stop, shown: () => observer.getCurrentResult().data };
}
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("reading again", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    queryClient.clear();
    vi.useRealTimers();
  });

  it("asks anew when the first answer was already on its way at the change", async () => {
    const client = new QueryClient();
    const list = watch(client, ["keys"]);
    const done = new Rereader(client).reread(["keys"]);
    await settle();
    expect(list.questions).toHaveLength(1);
    list.questions[0]!("before the change");
    await settle();
    expect(list.questions).toHaveLength(2);
    list.questions[1]!("after it");
    await done;
    expect(list.shown()).toBe("after it");
    list.stop();
  });

  it("lets a slow answer through, however many changes come meanwhile, and asks once for all of them", async () => {
    const client = new QueryClient();
    const rereader = new Rereader(client);
    const list = watch(client, ["keys"]);
    for (let n = 0; n < 20; ++n) {
      void rereader.reread(["keys"], 300);
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(list.questions).toHaveLength(1);
    list.questions[0]!("slow");
    await settle();
    expect(list.shown()).toBe("slow");
    expect(list.questions).toHaveLength(2);
    list.stop();
  });

  it("gathers what comes within its time, and asks again for what comes after the question", async () => {
    const client = new QueryClient();
    const rereader = new Rereader(client);
    const list = watch(client, ["keys"]);
    list.questions[0]!("first");
    await settle();
    void rereader.reread(["keys"], 300);
    void rereader.reread(["keys"], 300);
    await vi.advanceTimersByTimeAsync(299);
    expect(list.questions).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(list.questions).toHaveLength(2);
    void rereader.reread(["keys"]);
    list.questions[1]!("second");
    await settle();
    expect(list.questions).toHaveLength(3);
    list.stop();
  });

  it("leaves alone what `except` names", async () => {
    const client = new QueryClient();
    const [auth, models] = [watch(client, ["auth"]), watch(client, ["models"])];
    for (const list of [auth, models]) list.questions[0]!("first");
    await settle();
    new Rereader(client).everything("auth");
    await settle();
    expect([auth.questions.length, models.questions.length]).toEqual([1, 2]);
    auth.stop();
    models.stop();
  });
});

describe("showing a change at once", () => {
  afterEach(() => queryClient.clear());

  it("is not undone by an answer from before it", async () => {
    const list = watch(queryClient, ["keys"]);
    list.questions[0]!("first");
    await vi.waitFor(() => expect(list.shown()).toBe("first"));
    void queryClient.invalidateQueries({ queryKey: ["keys"] });
    put<string>(["keys"], (shown) => `${shown}, changed`);
    list.questions[1]!("first");
    await new Promise((next) => setTimeout(next));
    expect(list.shown()).toBe("first, changed");
    list.stop();
  });

  it("leaves a first load alone", async () => {
    const list = watch(queryClient, ["keys"]);
    put<string>(["keys"], (shown) => `${shown}, changed`);
    list.questions[0]!("first");
    await vi.waitFor(() => expect(list.shown()).toBe("first"));
    list.stop();
  });
});
