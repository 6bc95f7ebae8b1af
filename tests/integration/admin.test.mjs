// A tour of /api, right and wrong: who is let in, what each resource answers, and that changes count for the
// next request. Run: node --test tests/integration/admin.test.mjs (after building freellmapi and freellm-simulator).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Daemon, Simulator, keyFor, repository } from '../sdk/harness.mjs';
import { eventually } from './support.mjs';

const description = JSON.parse(readFileSync(join(repository, 'docs/openapi.json'), 'utf8'));
const password = 'correct horse battery';
let simulator, daemon, cookie, csrf;

const json = { 'content-type': 'application/json' };

/** Sends exactly these headers; fetch would not let a test choose Host, Origin or Cookie. */
function raw(method, path, { headers = {}, body } = {}) {
  return new Promise((done, fail) => {
    const { hostname, port } = new URL(daemon.url);
    const sent = httpRequest({ hostname, port, method, path, headers: { ...(body ? json : {}), ...headers } }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece));
      answer.on('end', () => {
        let parsed;
        try { parsed = JSON.parse(text); } catch { parsed = undefined; }
        done({ status: answer.statusCode, headers: answer.headers, text, json: parsed });
      });
    });
    sent.on('error', fail);
    sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}

const asOwner = (method, path, body) => raw(method, path, { headers: { cookie, 'x-csrf-token': csrf }, body });
const withToken = (method, path, body) => raw(method, path, { headers: { authorization: `Bearer ${daemon.adminToken}` }, body });

before(async () => {
  simulator = await Simulator.start();
  // The log tells at this level when a feed has ended.
  daemon = await Daemon.start(simulator, { keys: { groq: keyFor('groq') }, sections: { routing: { keyless: false }, log: { level: 'debug' } } });
});
after(async () => {
  await daemon?.stop();
  await simulator?.stop();
});

test('the first run asks for a password and opens a session with it', async () => {
  const first = await raw('GET', '/api/auth/status');
  assert.equal(first.json.setup_required, true);
  assert.equal(first.json.setup_code_required, false);

  const short = await raw('POST', '/api/auth/setup', { body: { password: 'short' } });
  assert.equal(short.status, 400);
  assert.equal(short.json.error.param, 'password');

  const proxied = await raw('POST', '/api/auth/setup', { headers: { 'x-forwarded-for': '203.0.113.9' }, body: { password } });
  assert.equal(proxied.json.error.code, 'setup_code_required');

  const done = await raw('POST', '/api/auth/setup', { body: { password } });
  assert.equal(done.status, 201);
  const set = done.headers['set-cookie'][0];
  assert.match(set, /HttpOnly/);
  assert.match(set, /SameSite=Strict/);
  cookie = set.split(';')[0];
  csrf = done.json.csrf_token;

  const again = await raw('POST', '/api/auth/setup', { body: { password } });
  assert.equal(again.status, 409);
});

/** Every operation that the description protects and the daemon has. */
function protectedOperations() {
  const found = [];
  for (const [path, operations] of Object.entries(description.paths)) {
    if (!path.startsWith('/api/')) continue;
    for (const [method, operation] of Object.entries(operations)) {
      if (method !== 'parameters' && operation.security?.length) found.push([method.toUpperCase(), path.replace(/\{[^}]+\}/g, '999999')]);
    }
  }
  return found;
}

test('no protected route answers without a session, and no change without its CSRF token', async () => {
  for (const [method, path] of protectedOperations()) {
    const stranger = await raw(method, path);
    assert.ok([401, 404, 405].includes(stranger.status), `${method} ${path}: ${stranger.status}`);
    const wrongToken = await raw(method, path, { headers: { authorization: 'Bearer wrong' } });
    assert.ok([401, 404, 405].includes(wrongToken.status), `${method} ${path}: ${wrongToken.status}`);
    if (method === 'GET') continue;
    const forged = await raw(method, path, { headers: { cookie, 'x-csrf-token': 'f'.repeat(64) } });
    assert.ok([403, 404, 405].includes(forged.status), `${method} ${path}: ${forged.status}`);
    const foreign = await raw(method, path, { headers: { cookie, 'x-csrf-token': csrf, origin: 'https://evil.example' } });
    assert.ok([403, 404, 405].includes(foreign.status), `${method} ${path}: ${foreign.status}`);
  }
});

test('a foreign Host is refused before anything else', async () => {
  for (const host of ['evil.example', 'localhost.evil.example', 'freellmapi']) {
    const answer = await raw('GET', '/api/keys', { headers: { host, cookie } });
    assert.equal(answer.status, 421, host);
  }
  for (const host of ['localhost', 'app.localhost:3001', '[::1]:3001']) {
    assert.equal((await raw('GET', '/api/keys', { headers: { host, cookie } })).status, 200, host);
  }
});

test('every reading resource answers with the members its schema requires', async () => {
  const missing = [];
  for (const [path, operations] of Object.entries(description.paths)) {
    const schema = operations.get?.responses['200']?.content?.['application/json']?.schema;
    if (!path.startsWith('/api/') || path.includes('{') || !schema) continue;
    const answer = await asOwner('GET', path);
    if (answer.status === 404) { missing.push(path); continue; }
    assert.equal(answer.status, 200, path);
    assert.equal(answer.headers['cache-control'], 'no-store', path);
    checkMembers(schema, answer.json, path);
  }
  assert.deepEqual(missing, []);
});

/** Required members and enumerations, all the way down. */
function checkMembers(schema, value, where) {
  if (schema.$ref) return checkMembers(description.components.schemas[schema.$ref.split('/').at(-1)], value, where);
  if (schema.anyOf) return value === null ? undefined : checkMembers(schema.anyOf[0], value, where);
  if (schema.enum && !(value === null && schema.type?.includes?.('null'))) assert.ok(schema.enum.includes(value), `${where}: ${value}`);
  for (const name of schema.required ?? []) assert.ok(name in value, `${where} lacks ${name}`);
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) return value.forEach((item, i) => checkMembers(schema.items ?? {}, item, `${where}[${i}]`));
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (name in value) checkMembers(member, value[name], `${where}.${name}`);
  }
}

test('bodies are read strictly', async () => {
  const broken = await asOwner('POST', '/api/keys', '{');
  assert.equal(broken.json.error.code, 'invalid_json');
  const unknown = await asOwner('PATCH', '/api/keys/1', { colour: 'red' });
  assert.equal(unknown.status, 400);
  assert.equal(unknown.json.error.param, 'colour');
  const form = await raw('POST', '/api/keys', { headers: { cookie, 'x-csrf-token': csrf, 'content-type': 'text/plain' }, body: '{}' });
  assert.equal(form.status, 415);
  const huge = await asOwner('POST', '/api/keys', { keys: [{ platform: 'groq', secret: 'x'.repeat(3_000_000) }] });
  assert.equal(huge.status, 413);
});

test('a key is added, told apart from its duplicate, changed, deleted and brought back, never shown', async () => {
  const secret = keyFor('mistral', '7777');
  const added = await asOwner('POST', '/api/keys', { keys: [{ platform: 'mistral', secret, label: 'mine' }] });
  assert.equal(added.status, 201);
  const { key } = added.json.results[0];
  assert.equal(key.label, 'mine');
  const twice = await asOwner('POST', '/api/keys', { keys: [{ platform: 'mistral', secret }] });
  assert.equal(twice.json.results[0].status, 'duplicate');
  assert.equal(twice.json.results[0].key.id, key.id);

  const patched = await asOwner('PATCH', `/api/keys/${key.id}`, { enabled: false, label: 'yours' });
  assert.equal(patched.json.enabled, false);
  assert.equal((await asOwner('DELETE', `/api/keys/${key.id}`)).status, 200);
  assert.equal((await asOwner('DELETE', `/api/keys/${key.id}`)).status, 404);
  const restored = await asOwner('POST', `/api/keys/${key.id}/restore`);
  assert.equal(restored.json.label, 'yours');
  assert.equal((await asOwner('POST', '/api/keys/99999/test')).status, 404);
  for (const answer of [added, twice, patched, restored, await asOwner('GET', '/api/keys')]) {
    assert.ok(!answer.text.includes(secret));
  }
});

test('a change of the order needs the version it was made from and counts for the next request', async () => {
  const before = await asOwner('GET', '/api/fallback');
  const entries = before.json.entries.map(({ model_id, enabled }) => ({ model_id, enabled })).reverse();
  const stale = await raw('PUT', '/api/fallback', { headers: { cookie, 'x-csrf-token': csrf, 'if-match': '"0"' }, body: { entries } });
  assert.equal(stale.status, 412);
  const put = await raw('PUT', '/api/fallback', {
    headers: { cookie, 'x-csrf-token': csrf, 'if-match': before.headers.etag }, body: { entries } });
  assert.equal(put.status, 200);
  assert.deepEqual(put.json.entries.map((entry) => entry.model_id), entries.map((entry) => entry.model_id));
  const repeated = await asOwner('PUT', '/api/fallback', { entries: [entries[0], entries[0]] });
  assert.equal(repeated.status, 400);
});

test('a served request stands in the log and in the sums', async () => {
  const chat = await daemon.fetch('/v1/chat/completions', {
    method: 'POST', headers: json, body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hello' }] }) });
  assert.equal(chat.status, 200);
  const id = chat.headers.get('x-request-id');
  const detail = await logged(chat);
  const page = await asOwner('GET', '/api/requests?limit=1');
  assert.equal(page.json.data[0].id, id);
  assert.equal(page.json.data[0].outcome, 'succeeded');
  assert.equal(detail.json.attempts.at(-1).result, 'served');
  assert.equal((await asOwner('GET', '/api/requests/nope')).status, 404);
  assert.equal((await asOwner('GET', '/api/analytics/summary')).json.current.succeeded, 1);
  assert.equal((await asOwner('GET', '/api/analytics/by-platform?range=1h')).json.data[0].platform, 'groq');
  assert.equal((await asOwner('GET', '/api/analytics/summary?range=2y')).status, 400);
});

test('the routing record of a request is told with ids, and outlives the daemon', async () => {
  await simulator.fault({ kind: 'status', platform: 'groq', times: 1, status: 500 });
  const chat = await ask();
  await chat.text();
  await simulator.reset();
  const detail = await logged(chat);
  checkMembers({ $ref: 'RequestDetail' }, detail.json, 'detail');
  const { explain, attempts } = detail.json;
  assert.equal(explain.candidates.find(({ verdict }) => verdict === 'served').platform, explain.served.platform);
  assert.equal(explain.attempts.length, attempts.length);
  assert.ok(attempts.some(({ result }) => result === 'failed'));
  assert.match(explain.summary, /after 1 failed try/);

  const smooth = await ask();
  await smooth.text();
  const story = (await logged(smooth)).json.explain;
  assert.match(story.summary, /at the first try/);
});

test('settings change at once, and what the file fixes cannot be changed', async () => {
  const changed = await asOwner('PATCH', '/api/settings', { routing: { strategy: 'fastest' } });
  assert.equal(changed.json.values.routing.strategy, 'fastest');
  const locked = await asOwner('PATCH', '/api/settings', { routing: { keyless: true } });
  assert.equal(locked.status, 409);
  assert.equal((await asOwner('PATCH', '/api/settings', { routing: { strategy: 'magic' } })).status, 400);
});

test('a saved cost is told only at a price that the owner has set', async () => {
  assert.equal((await asOwner('GET', '/api/analytics/summary')).json.current.cost_saved_usd, null);
  const priced = await asOwner('PATCH', '/api/settings', { analytics: { prompt_usd_per_million: 0.5, completion_usd_per_million: 2 } });
  assert.deepEqual(priced.json.values.analytics, { prompt_usd_per_million: 0.5, completion_usd_per_million: 2 });
  const { current } = (await asOwner('GET', '/api/analytics/summary')).json;
  assert.equal(current.cost_saved_usd.toFixed(9), ((current.prompt_tokens * 0.5 + current.completion_tokens * 2) / 1e6).toFixed(9));
  assert.ok(current.cost_saved_usd > 0);
  const unset = await asOwner('PATCH', '/api/settings', { analytics: { prompt_usd_per_million: null, completion_usd_per_million: null } });
  assert.equal(unset.json.values.analytics.prompt_usd_per_million, null);
  assert.equal((await asOwner('PATCH', '/api/settings', { analytics: { prompt_usd_per_million: -1 } })).status, 400);
});

test('the unified key is masked until it is asked for, and fixed by its variable', async () => {
  const shown = await asOwner('GET', '/api/api-key');
  assert.ok(!shown.text.includes(daemon.apiKey));
  assert.equal((await asOwner('POST', '/api/api-key/reveal')).json.key, daemon.apiKey);
  assert.equal((await asOwner('POST', '/api/api-key/rotate')).status, 409);
});

let opened = 0;

/** The log's word on a request that was answered a moment ago: it is logged once the answer is on its way. */
const logged = (chat) => eventually('the row of the request', async () => {
  const detail = await asOwner('GET', `/api/requests/${chat.headers.get('x-request-id')}`);
  return detail.status === 404 ? undefined : detail;
});

/** Resolves when the daemon has noticed that every feed is gone. */
const everyFeedGone = () => eventually('the end of the feeds',
  () => daemon.child.log.filter((line) => line.includes('GET /api/events status=200')).length === opened);

/** Opens the feed; `until(events)` says when enough was heard. Resolves with the events, hello first. */
function listen(until, { headers = { cookie }, onOpen = () => {} } = {}) {
  ++opened;
  return new Promise((done, fail) => {
    const { hostname, port } = new URL(daemon.url);
    const deadline = setTimeout(() => { feed.destroy(); fail(new Error('the feed stayed silent')); }, 30_000);
    const feed = httpRequest({ hostname, port, path: '/api/events', headers }, (answer) => {
      let text = '', isOpen = false;
      answer.on('data', (piece) => {
        text += piece;
        const events = text.split('\n\n').slice(0, -1).filter((frame) => !frame.startsWith(':')).map((frame) => {
          const field = (name) => frame.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
          return { id: Number(field('id')), type: field('event'), data: JSON.parse(field('data')) };
        });
        if (!isOpen && events.length > 0) { isOpen = true; onOpen(); }
        if (until(events)) { clearTimeout(deadline); feed.destroy(); done(events); }
      });
    });
    feed.on('error', (problem) => (problem.code === 'ECONNRESET' ? undefined : fail(problem)));
    feed.end();
  });
}

const ask = (more = {}) => daemon.fetch('/v1/chat/completions', {
  method: 'POST', headers: json, body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hello' }], ...more }) });

test('the feed greets and tells of a change', async () => {
  const events = await listen((seen) => seen.some(({ type }) => type === 'settings'),
    { onOpen: () => asOwner('PATCH', '/api/settings', { routing: { strategy: 'priority' } }) });
  assert.equal(events[0].type, 'hello');
});

test('the feed tells of a request from its beginning over a failed attempt to its end', async () => {
  await simulator.fault({ kind: 'status', platform: 'groq', times: 1, status: 500 });
  const of = (seen, phase) => seen.find(({ type, data }) => type === 'request' && data.phase === phase);
  const events = await listen((seen) => of(seen, 'finished') && seen.some(({ type }) => type === 'quota'), { onOpen: () => ask({ stream: true }).then((answer) => answer.text()) });
  await simulator.reset();
  for (const { type, data } of events) {
    checkMembers({ $ref: { hello: 'HelloEvent', request: 'RequestEvent', quota: 'QuotaEvent' }[type] }, data, type);
  }
  const started = of(events, 'started').data, failed = of(events, 'attempt_failed').data, ended = of(events, 'finished').data;
  assert.equal(started.request.outcome, 'running');
  assert.equal(started.request.duration_ms, null);
  assert.equal(failed.attempt.platform, 'groq');
  assert.equal(failed.attempt.result, 'failed');
  assert.ok(['succeeded', 'failed'].includes(ended.request.outcome));
  assert.deepEqual(new Set(events.filter(({ type }) => type === 'request').map(({ data }) => data.request.id)).size, 1);
});

test('a feed that comes back after nobody watched is told to fetch afresh', async () => {
  const [hello] = await listen((seen) => seen.length > 0);
  await everyFeedGone();
  await ask();
  const events = await listen((seen) => seen.length > 1, { headers: { cookie, 'last-event-id': String(hello.id) } });
  assert.equal(events[1].type, 'resync');
});

test('the admin token needs no CSRF token', async () => {
  assert.equal((await withToken('POST', '/api/quotas/clear', { what: 'cooldown', platform: 'groq' })).status, 200);
  assert.equal((await withToken('POST', '/api/quotas/clear', { what: 'cooldown' })).status, 400);
});

test('guessing is slowed down and a session ends when it is ended', async () => {
  const codes = [];
  // On a slow machine the first waits are over before the next try; they double, so soon one is not.
  while (codes.at(-1) !== 429 && codes.length < 12) codes.push((await raw('POST', '/api/auth/login', { body: { password: 'wrong' } })).status);
  assert.deepEqual(codes.slice(0, 5), [401, 401, 401, 401, 401]);
  assert.equal(codes.at(-1), 429);
  assert.equal((await asOwner('POST', '/api/auth/logout')).status, 204);
  assert.equal((await asOwner('GET', '/api/keys')).status, 401);
});
