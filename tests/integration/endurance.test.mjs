// Many requests: the limits of several models passed one after the other, and platforms that fail at random.
// STORM_REQUESTS=10000 makes the storm longer.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Daemon, Simulator } from '../sdk/harness.mjs';
import { articleRun, catalog, judge, phases } from './article-run.mjs';
import { complete } from './support.mjs';

test('a hundred requests pass two limits and a broken connection without anyone noticing', async () => {
  const run = await articleRun({ delay: 0 });

  judge(run);
  const [first, second, ...rest] = phases(run.answers);
  assert.deepEqual([first.via, first.from, first.to], ['groq/qwen/qwen3.8-27b', 1, 61]);
  assert.deepEqual([second.via, second.from, second.to], ['cerebras/qwen-3.8-27b', 62, 65]);
  assert.ok(rest.every(({ via }) => via.startsWith('mistral/')));
});

/** The catalog without limits: what is tested here is what nobody can foresee. */
function unlimitedCatalog() {
  const unlimited = (entry) => ({ ...entry, limits: [], limits_source: '', limits_date: '' });
  const whole = catalog();
  return { ...whole, platforms: whole.platforms.map(unlimited), models: whole.models.map(unlimited) };
}

/** Five platforms that fail a request in three, one that never does. */
const shaky = ['groq', 'cerebras', 'sambanova', 'cohere', 'google'];
const sound = 'mistral';
const share = 1 - 0.7 ** (1 / 6);
const troubles = [
  { kind: 'status', status: 429 },
  { kind: 'status', status: 503 },
  { kind: 'reset_before_head' },
  { kind: 'stall_before_head' },
  { kind: 'close_after_head' },
  { kind: 'cut_mid_stream', after_events: 0 },
];

test('platforms that fail at random cost the client nothing', { timeout: 600_000 }, async (t) => {
  const total = Number(process.env.STORM_REQUESTS ?? 2000);
  const simulator = await Simulator.start();
  const options = Object.fromEntries(shaky.map((platform) => [platform, { first_byte_timeout: '1s' }]));
  const daemon = await Daemon.start(simulator, {
    keys: Object.fromEntries([...shaky, sound].map((platform) => [platform, `sim-${platform}-0001`])),
    options,
    catalog: unlimitedCatalog(),
  });
  try {
    let seed = 1;
    for (const platform of shaky) {
      // Six troubles that strike independently, together three times in ten.
      for (const trouble of troubles) await simulator.fault({ ...trouble, platform, probability: share, seed: seed++ });
    }
    const failures = [];
    const wasted = [];
    let sent = 0;
    const client = async () => {
      for (let i = sent++; i < total; i = sent++) {
        const stream = i % 2 === 1;
        const answer = await complete(daemon, { stream });
        const body = await answer.text();
        const isWhole = stream ? body.endsWith('data: [DONE]\n\n') : answer.status === 200 && JSON.parse(body).choices?.length === 1;
        if (answer.status !== 200 || !isWhole) failures.push({ i, status: answer.status, body: body.slice(-300) });
        wasted.push(Number(answer.headers.get('x-fallback-attempts') ?? 0));
      }
    };
    await Promise.all(Array.from({ length: 16 }, client));

    const failedAttempts = wasted.reduce((sum, each) => sum + each, 0);
    t.diagnostic(`${total} requests, ${failedAttempts} attempts wasted (${(100 * failedAttempts / (total + failedAttempts)).toFixed(1)} %)`);
    assert.deepEqual(failures.slice(0, 3), []);
    assert.ok(failedAttempts > 0, 'the platforms did fail');
  } finally {
    await daemon.stop();
    await simulator.stop();
  }
});
