// A hundred requests to `auto` in a row, as someone would send who wants to see whether the free tiers carry
// them: the first model runs dry after 61, the second after 4 more, and one connection breaks at request 66.
// Not one may fail, and no switch that could be foreseen may cost an attempt.
//
//   node tests/integration/article-run.mjs [--delay SECONDS]
//
// The same limits hold in the simulator, which refuses what goes beyond, and in the daemon's catalog, which is
// how it can foresee them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Daemon, Simulator, repository } from '../sdk/harness.mjs';
import { complete } from './support.mjs';

const plan = [
  { platform: 'groq', id: 'qwen/qwen3.8-27b', perDay: 61 },
  { platform: 'cerebras', id: 'qwen-3.8-27b', perDay: 4 },
  { platform: 'mistral', id: 'mistral-medium-latest' },
  { platform: 'mistral', id: 'mistral-small-latest' },
];
const brokenRequest = 66;

/** The catalog as it ships. */
export function catalog() {
  return JSON.parse(readFileSync(join(repository, 'config/catalog.json'), 'utf8'));
}

/** The catalog reduced to the models of the plan, ranked in its order, with its limits. */
function plannedCatalog() {
  const whole = catalog();
  const models = plan.map(({ platform, id, perDay }, i) => ({
    ...whole.models.find((model) => model.platform === platform && model.id === id),
    enabled: true,
    intelligence_rank: i + 1,
    limits: perDay ? [{ metric: 'requests', window: 'day', count: perDay, scope: 'model_key', reset: 'sliding' }] : [],
    limits_source: perDay ? 'https://limits.example/' : '',
    limits_date: perDay ? '2026-11-01' : '',
  }));
  const platforms = whole.platforms.map((platform) => ({ ...platform, limits: [], limits_source: '', limits_date: '' }));
  return { ...whole, platforms, models };
}

/** Sends the requests and returns what came back: [{status, via, fallbacks, trail}]. */
export async function articleRun({ delay = 0.2, requests = 100, onAnswer = () => {} } = {}) {
  const simulator = await Simulator.start();
  let daemon;
  try {
    daemon = await Daemon.start(simulator, {
      keys: Object.fromEntries(plan.map(({ platform }) => [platform, `sim-${platform}-0001`])),
      sections: { routing: { keyless: false, strategy: 'priority' } },
      catalog: plannedCatalog(),
    });
    for (const { platform, id, perDay } of plan) {
      if (perDay) await simulator.limit({ platform, model: id, rpd: perDay });
    }
    const answers = [];
    for (let i = 1; i <= requests; ++i) {
      if (i === brokenRequest) await simulator.fault({ kind: 'reset_after_head', times: 1 });
      const answer = await complete(daemon);
      const body = await answer.json();
      const fact = {
        request: i,
        status: answer.status,
        via: answer.headers.get('x-routed-via'),
        fallbacks: Number(answer.headers.get('x-fallback-attempts')),
        trail: answer.headers.get('x-fallback-trail'),
        error: body.error,
      };
      answers.push(fact);
      onAnswer(fact);
      if (delay > 0) await new Promise((next) => setTimeout(next, delay * 1000));
    }
    const refused = (await simulator.chats()).filter((entry) => entry.status === 429).length;
    return { answers, refusedUpstream: refused };
  } finally {
    await daemon?.stop();
    await simulator.stop();
  }
}

/** What the run must have been like; throws the first thing that was not. */
export function judge({ answers, refusedUpstream }) {
  const failed = answers.filter(({ status }) => status !== 200);
  if (failed.length > 0) throw new Error(`${failed.length} of ${answers.length} failed: ${JSON.stringify(failed[0])}`);
  if (refusedUpstream > 0) throw new Error(`${refusedUpstream} requests ran into a limit that was known`);
  for (const { request, fallbacks, trail } of answers) {
    const expected = request === brokenRequest ? 1 : 0;
    if (fallbacks !== expected) throw new Error(`request ${request} took ${fallbacks} fallbacks: ${trail}`);
  }
}

/** [{via, from, to, fallbacks}]: runs of requests that one model served. */
export function phases(answers) {
  const runs = [];
  for (const { request, via, fallbacks } of answers) {
    if (runs.at(-1)?.via !== via) runs.push({ via, from: request, to: request, fallbacks: 0 });
    runs.at(-1).to = request;
    runs.at(-1).fallbacks += fallbacks;
  }
  return runs;
}

async function main() {
  const at = process.argv.indexOf('--delay');
  const delay = at > 0 ? Number(process.argv[at + 1]) : 0.2;
  if (!(delay >= 0)) {
    console.error('usage: article-run.mjs [--delay SECONDS]');
    process.exit(2);
  }
  const run = await articleRun({
    delay,
    onAnswer: ({ request, status, via, fallbacks }) => {
      if (process.stdout.isTTY) process.stdout.write(`\r${request} ${status} ${via} ${fallbacks}\x1b[K`);
    },
  });
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
  for (const { via, from, to, fallbacks } of phases(run.answers)) {
    console.log(`${String(from).padStart(3)} to ${String(to).padStart(3)}  ${(via ?? 'nobody').padEnd(34)} fallback attempts: ${fallbacks}`);
  }
  const answered = run.answers.filter(({ status }) => status === 200).length;
  const limited = run.answers.filter(({ status }) => status === 429).length;
  console.log(`${answered} of ${run.answers.length} answered, ${limited} refused with 429, ${run.refusedUpstream} limits run into upstream`);
  judge(run);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((problem) => {
    console.error(problem.message);
    process.exit(1);
  });
}
