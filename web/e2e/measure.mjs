// Tasks of a page's main thread, by their time on the processor. The Long Tasks API counts the time that passes, in
// which a busy machine does other things as well; these are the same tasks, from the browser's own trace.

/** Durations in ms of all tasks while `act` runs, longest first. */
export async function tasksDuring(browser, page, act) {
  await browser.startTracing(page, { categories: ["toplevel"] });
  let trace;
  try {
    await act();
  } finally {
    trace = await browser.stopTracing();
  }
  const { traceEvents } = JSON.parse(trace.toString());
  const mains = new Set(traceEvents.filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain").map(({ pid, tid }) => `${pid}/${tid}`));
  return traceEvents
    .filter(({ name, ph, pid, tid, tdur }) => name === "ThreadControllerImpl::RunTask" && ph === "X" && tdur !== undefined && mains.has(`${pid}/${tid}`))
    .map(({ tdur }) => tdur / 1000)
    .sort((a, b) => b - a);
}
