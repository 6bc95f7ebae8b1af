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

test('silence longer than the stall limit is patience before the first byte', async () => {
  const simulator = await Simulator.start();
  const daemon = await Daemon.start(simulator, {
    keys: { groq: 'sim-groq-0001' },
    options: { groq: { stall_timeout: '1s', first_byte_timeout: '10s' } },
  });
  try {
    await simulator.pace({ latency_ms: 1200 });
    for (const stream of [false, true]) {
      const answer = await complete(daemon, { stream });
      assert.equal(answer.status, 200, await answer.text());
      assert.equal(answer.headers.get('x-fallback-attempts'), '0');
    }
  } finally {
    await daemon.stop();
    await simulator.stop();
  }
});

test('JSON cut short at a model\'s own limit goes to the next model, and benches nothing', async () => {
  const simulator = await Simulator.start();
  const small = {
    extends: 'built-in',
    version: '2026-11-25',
    platforms: [{ slug: 'nova', name: 'Nova', wire: 'openai', base_url: `${simulator.url}/custom/v1`, keyless: true }],
    models: [{ platform: 'nova', id: 'nova-small', name: 'nova-small', display_name: 'Nova', intelligence_rank: 1,
      capabilities: ['json_schema'] }],
    quirks: { nova: { extends: 'openai', params: [{ param: 'max_tokens', default: 3, why: 'a model with room for three tokens' }] } },
  };
  const daemon = await Daemon.start(simulator, {
    keys: { mistral: 'sim-mistral-0001' },
    sections: { routing: { keyless: true, max_wait: '5s' } },
    catalog: small,
  });
  try {
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
    const response_format = { type: 'json_schema', json_schema: { name: 'place', strict: true, schema } };
    for (let i = 0; i < 2; ++i) {
      const answer = await complete(daemon, { response_format });
      const body = await answer.json();
      assert.equal(answer.headers.get('x-fallback-trail'), 'nova/nova-small=model_slip', JSON.stringify(body));
      JSON.parse(body.choices?.[0].message.content ?? assert.fail(JSON.stringify(body)));
    }
    const bounded = await complete(daemon, { response_format, max_tokens: 3 });
    const left = await bounded.json();
    assert.equal(left.choices?.[0].finish_reason, 'length', JSON.stringify(left));
  } finally {
    await daemon.stop();
    await simulator.stop();
  }
});
