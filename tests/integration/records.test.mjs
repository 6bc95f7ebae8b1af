// What is kept and told of requests: routing records over a restart, retention, JSON log lines; and whom a reverse
// proxy may speak for. Run: node --test tests/integration/records.test.mjs

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { Simulator } from '../sdk/harness.mjs';
import { Home, adminToken, complete, eventually } from './support.mjs';

let simulator, home;
before(async () => { simulator = await Simulator.start(); });
after(() => simulator?.stop());
beforeEach(async () => {
  await simulator.reset();
  await home?.remove();
  home = new Home(simulator, { keys: { groq: 'sim-groq-0001' } });
});
after(() => home?.remove());

const admin = (daemon, path, options = {}) => daemon.fetch(path, { ...options, headers: { authorization: `Bearer ${adminToken}`, ...options.headers } });

test('the routing record of every request outlives the daemon', async () => {
  const first = await home.start();
  const smooth = (await complete(first)).headers.get('x-request-id');
  await simulator.fault({ kind: 'status', times: 1, status: 500 });
  const rough = (await complete(first)).headers.get('x-request-id');
  assert.equal(await first.stop(), 0);

  const second = await home.start();
  for (const id of [smooth, rough]) {
    const record = await (await second.fetch(`/v1/requests/${id}/explain`)).json();
    assert.equal(record.request_id, id);
    assert.equal(record.attempts.length, id === smooth ? 1 : 2);
    const { explain } = await (await admin(second, `/api/requests/${id}`)).json();
    assert.equal(explain.request_id, id);
    assert.ok(explain.candidates.length >= 1);
  }
  assert.equal((await second.fetch('/v1/requests/nope/explain')).status, 404);
  await second.stop();
});

test('a request is told in full: what the client heard, how long each step took, what a failure led to', async () => {
  // Kept connections are those of a worker.
  home.configure(simulator, { keys: { groq: 'sim-groq-0001' }, sections: { routing: { keyless: false }, server: { workers: 1 } } });
  const daemon = await home.start();
  const detail = async (answer) => {
    await answer.text().catch(() => {});  // a stream may break off
    return (await admin(daemon, `/api/requests/${answer.headers.get('x-request-id')}`)).json();
  };

  await simulator.fault({ kind: 'status', times: 1, status: 500 });
  const rough = await detail(await complete(daemon));
  assert.deepEqual(rough.attempts.map((attempt) => attempt.result), ['failed', 'served']);
  assert.equal(typeof rough.attempts[0].connect_ms, 'number');
  assert.match(rough.attempts[0].consequence, /left out for the rest of the request/);
  const { route_ms: route, overhead_ms: overhead, total_ms: total } = rough.explain.timings;
  assert.ok(route > 0 && overhead >= route && overhead <= total + 1, JSON.stringify(rough.explain.timings));
  assert.equal(rough.request.error_message, null);

  const smooth = await detail(await complete(daemon));
  assert.equal(smooth.attempts[0].connect_ms, null, 'a kept connection');

  const refused = await detail(await complete(daemon, { messages: [{ role: 'wizard', content: 'hello' }] }));
  assert.equal(refused.request.outcome, 'rejected');
  assert.match(refused.request.error_message, /wizard.*messages\[0\]\.role/);

  const secret = `sk-proj-${'a1B2c3D4'.repeat(5)}`;
  const leaked = await detail(await complete(daemon, { model: secret }));
  assert.ok(!leaked.request.error_message.includes(secret), leaked.request.error_message);

  await simulator.fault({ kind: 'cut_mid_stream', after_events: 2, times: 1 });
  await simulator.fault({ kind: 'hold', after_events: 2, times: 1 });
  const begun = await complete(daemon, { stream: true });
  await simulator.release();
  const broken = await detail(begun);
  assert.equal(broken.request.status, 200);
  assert.equal(broken.request.outcome, 'failed');
  assert.match(broken.request.error_message, /broke off/);
  assert.deepEqual(broken.attempts.map((attempt) => attempt.result), ['cut_off']);
  const failed = (await (await admin(daemon, '/api/requests?outcome=failed')).json()).data;
  assert.deepEqual(failed.map((row) => row.id), [broken.request.id]);
  const { current } = await (await admin(daemon, '/api/analytics/summary')).json();
  assert.deepEqual([current.succeeded, current.failed, current.rejected], [2, 1, 2]);

  const key = await (await admin(daemon, '/api/api-key')).json();
  assert.ok(Date.now() - Date.parse(key.last_used_at) < 60_000, key.last_used_at);
  await daemon.stop();
});

test('a timeline of minutes that are gone is refused, not drawn as silence', async () => {
  const daemon = await home.start();
  const day = 24 * 3_600_000;
  const old = (bucket) => {
    const from = new Date(Date.now() - 10 * day).toISOString();
    const to = new Date(Date.now() - 10 * day + 3_600_000).toISOString();
    return admin(daemon, `/api/analytics/timeline?from=${from}&to=${to}${bucket ? `&bucket=${bucket}` : ''}`);
  };

  const refused = await old('minute');
  assert.equal(refused.status, 400);
  const { error } = await refused.json();
  assert.equal(error.param, 'bucket');
  assert.match(error.message, /since when minutes are kept; choose the bucket hour or day/);
  assert.equal((await (await old()).json()).bucket_ms, 3_600_000);
  assert.equal((await old('hour')).status, 200);
  await daemon.stop();
});

test('rows beyond the limit are deleted after the start', async () => {
  const first = await home.start();
  for (let i = 0; i < 8; ++i) await complete(first);
  await first.stop();
  home.configure(simulator, { keys: { groq: 'sim-groq-0001' }, sections: { storage: { request_log_max_rows: 3 } } });

  const second = await home.start();
  const rows = async () => (await (await admin(second, '/api/requests')).json()).data.length;
  await eventually('three rows', async () => (await rows()) === 3);
  assert.equal((await (await admin(second, '/api/analytics/summary')).json()).current.requests, 8, 'sums stay');
  await second.stop();
});

test('every log line is JSON with the same members, whatever is asked or answered', async () => {
  const daemon = await home.start({ args: ['--log-format', 'json', '--log-level', 'debug'] });
  await simulator.fault({ kind: 'status', times: 1, status: 500, body: 'no "luck" today\n\x01\\ status=200' });
  await complete(daemon);
  await complete(daemon, { model: 'no "such" model\u2028 status=1' });
  await daemon.fetch('/nowhere?key=secret');
  await daemon.stop();

  const lines = daemon.log.filter((line) => !/^(Database|Server|Proxy|Dashboard)/.test(line)).map((line) => JSON.parse(line));
  assert.ok(lines.length > 4);
  for (const line of lines) {
    assert.match(line.ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/);
    assert.ok(['trace', 'debug', 'info', 'warn', 'error'].includes(line.level));
    assert.equal(typeof line.msg, 'string');
  }
  const requests = lines.filter((line) => 'route' in line && 'in_tok' in line);
  assert.equal(requests.length, 2);
  for (const line of requests) {
    assert.equal(typeof line.req, 'string');
    for (const name of ['status', 'stream', 'ttft_ms', 'total_ms', 'in_tok', 'out_tok', 'attempts']) assert.equal(typeof line[name], 'number', name);
  }
  assert.equal(requests[0].status, 200);
  assert.ok(requests[1].status >= 400);
});

test('a reverse proxy speaks for its clients only when it is trusted', async () => {
  const asked = (daemon, headers) => fetch(`${daemon.url}/api/auth/status`, { headers }).then((answer) => answer.json());
  const setUp = (daemon, headers) => fetch(`${daemon.url}/api/auth/setup`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ password: 'correct horse battery' }) });

  const plain = await home.start();
  assert.equal((await asked(plain, {})).setup_code_required, false);
  assert.equal((await asked(plain, { 'x-forwarded-for': '127.0.0.1' })).setup_code_required, true, 'an unknown proxy hides a stranger');
  await plain.stop();

  home.configure(simulator, { keys: { groq: 'sim-groq-0001' }, sections: { server: { trusted_proxies: ['127.0.0.0/8'] } } });
  const behind = await home.start();
  assert.equal((await asked(behind, { 'x-forwarded-for': '203.0.113.9' })).setup_code_required, true);
  assert.equal((await asked(behind, { 'x-forwarded-for': '127.0.0.1, 203.0.113.9' })).setup_code_required, true, 'the client wrote the first');
  assert.equal((await asked(behind, { 'x-forwarded-for': '127.0.0.1' })).setup_code_required, true, 'its loopback may be another machine');
  const done = await setUp(behind, { 'x-forwarded-proto': 'https' });
  assert.equal(done.status, 201);
  assert.match(done.headers.get('set-cookie'), /; Secure/);
  const about = await (await admin(behind, '/api/about', { headers: { 'x-forwarded-proto': 'https' } })).json();
  assert.equal(about.base_url, `${behind.url.replace('http:', 'https:')}/v1`);
  await behind.stop();
});

test('a network that is none is refused at the start', async () => {
  home.configure(simulator, { sections: { server: { trusted_proxies: ['10.0.0.0/8', 'proxy.example'] } } });
  const result = await home.run([]);
  assert.equal(result.code, 2);
  assert.match(result.err, /"proxy\.example" is neither an address nor a network/);
});
