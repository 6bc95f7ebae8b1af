// GET /metrics: what Prometheus reads. Run: node --test tests/integration/metrics.test.mjs

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Daemon, Simulator, keyFor } from '../sdk/harness.mjs';
import { eventually } from './support.mjs';

let simulator, daemon;

before(async () => {
  simulator = await Simulator.start();
  daemon = await Daemon.start(simulator, { keys: { groq: keyFor('groq'), mistral: keyFor('mistral') } });
});
after(async () => {
  await daemon?.stop();
  await simulator?.stop();
});

const ask = (more = {}) => daemon.fetch('/v1/chat/completions', {
  method: 'POST', headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hello' }], ...more }) });

/** Reads the text format by its grammar; anything else throws. */
function parse(text) {
  assert.ok(text.endsWith('\n'));
  const families = new Map();
  let family;
  for (const line of text.slice(0, -1).split('\n')) {
    const help = line.match(/^# HELP ([a-zA-Z_:][\w:]*) (\S.*)$/);
    const type = line.match(/^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/);
    if (help) {
      assert.ok(!families.has(help[1]), `${help[1]} comes twice`);
      family = { name: help[1], samples: [] };
      families.set(family.name, family);
    } else if (type) {
      assert.equal(type[1], family.name);
      family.type = type[2];
    } else {
      const sample = line.match(/^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf|NaN))$/);
      assert.ok(sample, line);
      assert.ok(sample[1] === family.name || (family.type === 'histogram' && sample[1].startsWith(`${family.name}_`)), line);
      if (family.type === 'counter') assert.match(family.name, /_total$/);
      const labels = Object.fromEntries([...(sample[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, value]) => [key, value]));
      family.samples.push({ name: sample[1], labels, value: Number(sample[3]) });
    }
  }
  for (const { name, samples } of families.values()) {
    const series = samples.map(({ name: one, labels }) => one + JSON.stringify(Object.entries(labels).sort()));
    assert.equal(new Set(series).size, series.length, `${name} has a series twice`);
  }
  return families;
}

async function scrape() {
  const answer = await fetch(`${daemon.url}/metrics`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  return parse(await answer.text());
}

/** The page is made anew at most once a second. */
function scraped(what, holds) {
  return eventually(what, async () => {
    const families = await scrape();
    return holds(families) && families;
  });
}

const total = (families, name, labels = {}) => (families.get(name)?.samples ?? [])
  .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
  .reduce((sum, { value }) => sum + value, 0);

test('requests, attempts, durations and tokens are counted by platform and model', async () => {
  await simulator.fault({ kind: 'status', platform: 'groq', times: 1, status: 500 });
  for (let i = 0; i < 3; ++i) assert.equal((await ask({ stream: i === 0 }).then((answer) => (answer.text(), answer))).status, 200);
  assert.equal((await ask({ messages: 'none' })).status, 400);
  assert.equal((await ask({ model: `invented-${'x'.repeat(50)}` })).status, 404);

  // A client has its answer a moment before its request has ended.
  const families = await scraped('five requests', (seen) => total(seen, 'freellmapi_requests_total') === 5
    && total(seen, 'freellmapi_requests_in_progress') === 0);

  assert.equal(total(families, 'freellmapi_requests_total', { status: '2xx' }), 3);
  assert.equal(total(families, 'freellmapi_requests_total', { platform: '', status: '4xx' }), 2);
  assert.equal(total(families, 'freellmapi_attempts_total', { result: 'served' }), 3);
  assert.equal(total(families, 'freellmapi_attempts_total') - 3, 1);
  assert.equal(total(families, 'freellmapi_fallback_requests_total'), 1);
  assert.ok(total(families, 'freellmapi_quota_remaining') > 0);
  assert.ok(total(families, 'process_resident_memory_bytes') > 1e6);
  assert.ok(total(families, 'process_open_fds') > 5);
  assert.ok(Math.abs(total(families, 'process_start_time_seconds') - Date.now() / 1000) < 600);
  assert.match(families.get('freellmapi_build_info').samples[0].labels.version, /^\d+\.\d+/);
  for (const name of ['gen_ai_client_operation_duration_seconds', 'gen_ai_server_time_to_first_token_seconds', 'gen_ai_client_token_usage']) {
    const { samples } = families.get(name);
    const count = samples.filter((sample) => sample.name === `${name}_count`);
    assert.equal(count.reduce((sum, { value }) => sum + value, 0), name.endsWith('usage') ? 6 : 3, name);
    for (const { labels, value } of count) {
      const buckets = samples.filter((sample) => sample.name === `${name}_bucket` && Object.entries(labels).every(([key, one]) => sample.labels[key] === one));
      assert.equal(buckets.at(-1).labels.le, '+Inf');
      assert.equal(buckets.at(-1).value, value);
      assert.ok(buckets.every((bucket, i) => i === 0 || bucket.value >= buckets[i - 1].value));
    }
  }
});

test('nothing that a client sends makes a series or shows', async () => {
  const before = [...(await scrape()).values()].reduce((sum, { samples }) => sum + samples.length, 0);
  for (let i = 0; i < 20; ++i) await ask({ model: `made-up-${i}`, user: `user-${i}` });
  const text = await (await fetch(`${daemon.url}/metrics`)).text();
  assert.ok(!/made-up|user-|invented|sim-groq/.test(text));
  const families = await scraped('the refusals', (seen) => total(seen, 'freellmapi_requests_total', { platform: '', status: '4xx' }) === 22);
  const after = [...families.values()].reduce((sum, { samples }) => sum + samples.length, 0);
  assert.ok(after <= before + 2, `${before} series became ${after}`);
});

test('reading it needs no key and changes nothing', async () => {
  assert.equal((await fetch(`${daemon.url}/metrics`, { method: 'HEAD' })).status, 200);
  assert.equal((await fetch(`${daemon.url}/metrics`, { method: 'POST' })).status, 405);
});
