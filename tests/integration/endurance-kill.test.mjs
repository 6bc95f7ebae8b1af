// kill -9 under load, again and again, on one data directory: after every restart the platforms, which count for
// themselves, must not see one request beyond a limit.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Simulator } from '../sdk/harness.mjs';
import { catalog } from './article-run.mjs';
import { Home, complete } from './support.mjs';

const rounds = Number(process.env.KILL_ROUNDS ?? 20);
const clients = 24;

/** Limits of every kind of window and metric, large enough to be reached only after many kills. */
const plan = [
  { platform: 'groq', id: 'qwen/qwen3.8-27b', limit: { rpd: 260 }, ours: { metric: 'requests', window: 'day', count: 260 } },
  { platform: 'cerebras', id: 'qwen-3.8-27b', limit: { rpm: 260 }, ours: { metric: 'requests', window: 'minute', count: 260 } },
  { platform: 'mistral', id: 'mistral-small-latest', limit: { tpm: 5_000 }, ours: { metric: 'tokens', window: 'minute', count: 5_000 } },
  { platform: 'cohere', id: 'command-a-03-2025' },
];

function plannedCatalog() {
  const whole = catalog();
  const models = plan.map(({ platform, id, ours }, i) => ({
    ...whole.models.find((model) => model.platform === platform),
    id,
    name: id,
    enabled: true,
    intelligence_rank: i + 1,
    limits: ours ? [{ ...ours, scope: 'model_key', ...(ours.window === 'day' ? { reset: 'sliding' } : {}) }] : [],
    limits_source: ours ? 'https://limits.example/' : '',
    limits_date: ours ? '2026-11-01' : '',
  }));
  const platforms = whole.platforms.map((platform) => ({ ...platform, limits: [], limits_source: '', limits_date: '' }));
  return { ...whole, platforms, models };
}

let simulator, home;

before(async () => {
  simulator = await Simulator.start('--latency-ms', '20');
  home = new Home(simulator, { inMemory: true, keys: Object.fromEntries(plan.map(({ platform }) => [platform, `sim-${platform}-0001`])) });
  writeFileSync(join(home.data, 'catalog.json'), JSON.stringify(plannedCatalog()));
  for (const { platform, limit } of plan) {
    if (limit) await simulator.limit({ platform, ...limit });
  }
});

after(async () => {
  await home?.remove();
  await simulator?.stop();
});

/** Sends requests until the daemon is gone; `seen` is told of every answer. */
async function client(daemon, number, seen) {
  const wanted = ['auto', ...plan.map(({ platform, id }) => `${platform}/${id}`)];
  for (let i = number; ; ++i) {
    let answer;
    try {
      answer = await complete(daemon, { model: wanted[i % wanted.length], max_tokens: 50, stream: i % 2 === 1 });
      await answer.text();
    } catch {
      return;
    }
    seen(answer.status);
  }
}

const counts = async () => (await simulator.state()).platforms;

test(`${rounds} kills under load: no platform sees a request beyond its limit`, { timeout: 900_000 }, async (t) => {
  const answered = {};
  let starting = 0;
  for (let round = 0; round < rounds; ++round) {
    const begun = performance.now();
    const daemon = await home.start();
    starting += performance.now() - begun;
    // Another number each time, so that the kills meet the writer in different moods.
    const enough = 25 + (round * 13) % 31;
    let answers = 0;
    const running = Array.from({ length: clients }, (_, number) => client(daemon, round + number, (status) => {
      answered[status] = (answered[status] ?? 0) + 1;
      if (++answers === enough) daemon.signal('SIGKILL');
    }));
    await daemon.exited;
    await Promise.all(running);
  }

  const seen = await counts();
  t.diagnostic(`answers ${JSON.stringify(answered)}; upstream ${plan.map(({ platform }) => `${platform} ${seen[platform].requests}`).join(', ')}; `
    + `start ${(starting / rounds).toFixed(0)} ms on average`);
  for (const { platform } of plan) assert.equal(seen[platform].overruns, 0, `${platform} saw a request beyond its limit`);
  for (const { platform, ours } of plan) {
    if (ours?.metric !== 'requests') continue;
    assert.ok(seen[platform].requests > 0.8 * ours.count, `${platform}: the limit was reached, or nothing was tested`);
  }
});
