// Keys over HTTP, right and wrong: import and export, endpoints of one's own, the address guard, outbound proxies,
// periodic checks. Run: node --test tests/integration/keys-admin.test.mjs (after building freellmapi and
// freellm-simulator).

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { Daemon, Simulator, keyFor } from '../sdk/harness.mjs';
import { httpProxy, socksProxy } from './proxies.mjs';
import { eventually } from './support.mjs';

const password = 'correct horse battery';
let simulator, daemon, models, redirects = 0;

async function call(method, path, body) {
  const answer = await daemon.admin(path, {
    method, headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  let json;
  try { json = JSON.parse(text); } catch { json = undefined; }
  return { status: answer.status, headers: answer.headers, text, json };
}

const code = (answer) => answer.json?.error?.code;
const chat = (model) => daemon.fetch('/v1/chat/completions', {
  method: 'POST', headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] }),
});
const importText = (text, more = {}) => call('POST', '/api/keys/import', { text, ...more });
const keys = async () => (await call('GET', '/api/keys')).json.data;

before(async () => {
  simulator = await Simulator.start();
  models = createServer((request, answer) => {
    if (request.url === '/moved/models') {
      redirects++;
      return answer.writeHead(302, { location: '/v1/models' }).end();
    }
    if (request.url === '/text/models') return answer.end('hello');
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify({ data: [{ id: 'one', context_length: 4096 }, { id: 'two', meta: { n_ctx_train: 8192 }, architecture: { input_modalities: ['text', 'image'] } }, { id: 'one' }, {}] }));
  });
  await new Promise((done) => models.listen(0, '127.0.0.1', done));
  daemon = await Daemon.start(simulator, {
    keys: { groq: keyFor('groq') },
    environment: { FREELLMAPI_ADMIN_PASSWORD: password },
    custom: [{ name: 'fixed-one', base_url: `${simulator.url}/groq/openai/v1`, models: ['openai/gpt-oss-20b'] }],
    sections: { routing: { keyless: false }, health: { check_interval: '1s' } },
  });
});
after(async () => {
  await daemon?.stop();
  await simulator?.stop();
  models?.close();
});

const local = (path) => `http://127.0.0.1:${models.address().port}${path}`;

test('pasted keys are previewed, then stored; nothing is shown whole', async () => {
  const fresh = keyFor('mistral', '1001');
  const text = `\uFEFFGROQ_API_KEY="${keyFor('groq')}" # mine\r\nMISTRAL_API_KEY=${fresh}\r\n` +
    `MISTRAL_API_KEY_2=${fresh}\r\nWHATEVER_API_KEY=abcdefghijklmnop\r\nCOHERE_API_KEY='open\r\n`;
  const preview = await importText(text);
  assert.equal(preview.status, 200);
  assert.equal(preview.json.format, 'env');
  assert.equal(preview.json.dry_run, true);
  assert.deepEqual(preview.json.rows.map((row) => [row.line, row.platform, row.status]), [
    [1, 'groq', 'duplicate'], [2, 'mistral', 'new'], [3, 'mistral', 'duplicate_in_text'], [4, null, 'unknown_platform'], [5, null, 'invalid']]);
  assert.equal(preview.json.rows[0].key_id, (await keys()).find((key) => key.platform === 'groq').id);
  assert.equal((await keys()).length, 1);

  const done = await importText(text, { dry_run: false, platforms: { 3: 'cerebras' }, include: [1, 3] });
  assert.equal(done.json.added, 2);
  const stored = await keys();
  assert.deepEqual(stored.map((key) => [key.platform, key.source]).sort(),
    [['cerebras', 'import'], ['groq', 'environment'], ['mistral', 'import']]);
  assert.equal((await importText(text, { dry_run: false })).json.added, 0);
  for (const answer of [preview, done]) assert.ok(!answer.text.includes(fresh));
  assert.ok(!daemon.child.log.join('\n').includes(fresh));
});

test('an import that makes no sense is refused', async () => {
  assert.equal((await importText('')).status, 400);
  assert.equal(code(await importText('{"a": ', { format: 'json' })), 'invalid_request');
  assert.equal((await importText('A=b', { format: 'xml' })).status, 400);
  assert.equal((await importText('A=b', { include: ['x'] })).status, 400);
  assert.equal((await importText('A=b', { platforms: { x: 'groq' } })).status, 400);
  assert.equal((await call('POST', '/api/keys/import', { format: 'env' })).json.error.param, 'text');
});

test('an export needs the password again and reads back', async () => {
  const wrong = await call('POST', '/api/keys/export', { password: 'wrong' });
  assert.equal(wrong.status, 403);
  assert.equal(code(wrong), 'invalid_password');
  assert.equal((await call('POST', '/api/keys/export', { password, format: 'xml' })).status, 400);
  for (const format of ['env', 'json', 'csv']) {
    const file = await call('POST', '/api/keys/export', { password, format });
    assert.equal(file.status, 200);
    assert.match(file.headers.get('content-type'), /^text\/plain/);
    assert.match(file.headers.get('content-disposition'), new RegExp(`attachment.*\\.${format}"`));
    assert.equal(file.headers.get('cache-control'), 'no-store');
    assert.ok(file.text.includes(keyFor('mistral', '1001')));
    const back = await importText(file.text);
    assert.equal(back.json.format, format);
    assert.deepEqual([...new Set(back.json.rows.map((row) => row.status))], ['duplicate']);
  }
  assert.ok(!daemon.child.log.join('\n').includes(keyFor('mistral', '1001')));
});

test('addresses that must not be reached are refused, in whatever form', async () => {
  for (const url of ['http://169.254.169.254/v1', 'http://2852039166/v1', 'http://0xA9FEA9FE/v1', 'http://0251.0376.0251.0376',
    'http://[::ffff:a9fe:a9fe]/v1', 'http://[64:ff9b::a9fe:a9fe]', 'http://[fe80::1]', 'http://[fd00:ec2::254]', 'http://metadata.google.internal']) {
    const answer = await call('POST', '/api/custom-endpoints', { name: 'bad', base_url: url, allow_private_network: true });
    assert.equal(answer.status, 422, url);
    assert.equal(code(answer), 'address_not_allowed', url);
  }
  for (const url of [local('/v1'), 'http://localhost:1/v1', 'http://2130706433/', 'http://[::1]:9/', 'http://10.0.0.1/']) {
    const answer = await call('POST', '/api/custom-endpoints', { name: 'bad', base_url: url });
    assert.equal(answer.status, 422, url);
  }
  for (const url of ['ftp://a.test', 'http://u:p@a.test', 'http://a.test?x', 'nothing']) {
    assert.equal((await call('POST', '/api/custom-endpoints', { name: 'bad', base_url: url })).status, 400, url);
  }
  const imported = await importText(`CUSTOM_1_NAME=bad\nCUSTOM_1_BASE_URL=${local('/v1')}\nCUSTOM_1_API_KEY=kkkkkkkkkkkk`);
  assert.equal(imported.json.rows[0].status, 'invalid');
});

test('an endpoint is added, asked for its models, used at once, changed and deleted', async () => {
  const added = await call('POST', '/api/custom-endpoints', {
    name: 'My Box', base_url: `${simulator.url}/groq/openai/v1`, secret: keyFor('groq', '2001'), allow_private_network: true,
    models: [{ upstream_id: 'openai/gpt-oss-120b', tools: false, context_window: 1000 }],
  });
  assert.equal(added.status, 201, added.text);
  assert.equal(added.json.slug, 'my-box');
  assert.equal(added.json.keys.total, 1);
  assert.equal(added.json.fixed, false);
  assert.ok(!added.text.includes(keyFor('groq', '2001')));
  assert.equal(code(await call('POST', '/api/custom-endpoints', { name: 'my box', base_url: 'https://a.test' })), 'name_taken');
  assert.equal(code(await call('POST', '/api/custom-endpoints', { name: 'Groq', base_url: 'https://a.test' })), 'name_taken');

  const served = await chat('my-box/openai/gpt-oss-120b');
  assert.equal(served.status, 200, await served.clone().text());
  assert.equal(served.headers.get('x-routed-via'), 'my-box/openai/gpt-oss-120b');

  const moved = await call('PATCH', '/api/custom-endpoints/my-box', { base_url: local('/v1') });
  assert.equal(code(moved), 'keys_stored');
  const patched = await call('PATCH', '/api/custom-endpoints/my-box', {
    name: 'Box', timeouts: { connect_ms: 1000, first_byte_ms: 2000, stall_ms: 3000 },
    models: [{ upstream_id: 'openai/gpt-oss-120b' }, { upstream_id: 'openai/gpt-oss-20b', vision: false }],
  });
  assert.equal(patched.status, 200, patched.text);
  assert.equal(patched.json.name, 'Box');
  assert.deepEqual(patched.json.timeouts, { connect_ms: 1000, first_byte_ms: 2000, stall_ms: 3000 });
  const kept = (endpoint) => endpoint.json.models.find((model) => model.upstream_id === 'openai/gpt-oss-120b').model_id;
  assert.equal(kept(patched), kept(added));
  assert.equal(patched.json.models.find((model) => model.upstream_id === 'openai/gpt-oss-120b').tools, false);
  assert.equal((await chat('my-box/openai/gpt-oss-20b')).status, 200);

  assert.equal((await call('PATCH', '/api/custom-endpoints/my-box', { models: [{ upstream_id: 'a' }, { upstream_id: 'a' }] })).status, 400);
  assert.equal((await call('PATCH', '/api/custom-endpoints/my-box', { timeouts: { connect_ms: 0 } })).status, 400);
  assert.equal((await call('PATCH', '/api/custom-endpoints/my-box', { allow_private_network: false })).status, 422);
  assert.equal((await call('PATCH', '/api/custom-endpoints/nope', {})).status, 404);
  assert.equal(code(await call('PATCH', '/api/custom-endpoints/fixed-one', { enabled: false })), 'fixed_by_config');
  assert.equal(code(await call('DELETE', '/api/custom-endpoints/fixed-one')), 'fixed_by_config');
  assert.equal((await call('PATCH', '/api/custom-endpoints/groq', {})).status, 404);

  const file = await call('POST', '/api/keys/export', { password });
  assert.match(file.text, /CUSTOM_1_NAME=Box\n/);
  assert.equal((await call('DELETE', '/api/custom-endpoints/my-box')).status, 204);
  assert.equal((await call('DELETE', '/api/custom-endpoints/my-box')).status, 404);
  assert.equal((await chat('my-box/openai/gpt-oss-120b')).status, 404);
  assert.ok(!(await keys()).some((key) => key.platform === 'my-box'));

  const back = await importText(file.text, { dry_run: false });
  assert.deepEqual(back.json.rows.filter((row) => row.status === 'added').map((row) => row.platform), ['box']);
  assert.equal((await chat('box/openai/gpt-oss-20b')).status, 200);
  assert.equal((await call('DELETE', '/api/custom-endpoints/box')).status, 204);
});

test('a deleted key does not come back to another address', async () => {
  const add = () => call('POST', '/api/custom-endpoints', {
    name: 'mine', base_url: `${simulator.url}/groq/openai/v1`, secret: keyFor('groq', '3001'), allow_private_network: true,
    models: [{ upstream_id: 'm' }],
  });
  const id = async () => (await keys()).find((key) => key.platform === 'mine').id;
  assert.equal((await add()).status, 201);
  const first = await id();
  assert.equal((await call('DELETE', `/api/keys/${first}`)).status, 200);
  assert.equal((await call('POST', `/api/keys/${first}/restore`)).status, 200, 'the undo works');

  assert.equal((await call('DELETE', `/api/keys/${first}`)).status, 200);
  assert.equal((await call('PATCH', '/api/custom-endpoints/mine', { base_url: local('/v1') })).status, 200);
  assert.equal((await call('POST', `/api/keys/${first}/restore`)).status, 404);

  assert.equal((await call('DELETE', '/api/custom-endpoints/mine')).status, 204);
  assert.equal((await add()).status, 201);
  const second = await id();
  assert.equal((await call('DELETE', `/api/keys/${second}`)).status, 200);
  assert.equal((await call('DELETE', '/api/custom-endpoints/mine')).status, 204);
  assert.equal((await call('POST', '/api/custom-endpoints', { name: 'mine', base_url: local('/v1'), allow_private_network: true, models: [{ upstream_id: 'm' }] })).status, 201);
  assert.equal((await call('POST', `/api/keys/${second}/restore`)).status, 404);
  await call('DELETE', '/api/custom-endpoints/mine');
});

test('models are found by asking, without following redirects', async () => {
  const add = (name, path) => call('POST', '/api/custom-endpoints', { name, base_url: local(path), allow_private_network: true, models: [{ upstream_id: 'two' }] });
  assert.equal((await add('lister', '/v1')).status, 201);
  const found = await call('POST', '/api/custom-endpoints/lister/discover');
  assert.equal(found.status, 200, found.text);
  assert.deepEqual(found.json.data, [
    { upstream_id: 'one', context_window: 4096, vision: false, added: false }, { upstream_id: 'two', context_window: 8192, vision: true, added: true }]);
  assert.equal((await add('mover', '/moved')).status, 201);
  const moved = await call('POST', '/api/custom-endpoints/mover/discover');
  assert.equal(moved.status, 502);
  assert.equal(redirects, 1);
  assert.equal((await add('talker', '/text')).status, 201);
  assert.equal(code(await call('POST', '/api/custom-endpoints/talker/discover')), 'upstream_failed');
  assert.equal((await call('POST', '/api/custom-endpoints/nope/discover')).status, 404);
  for (const slug of ['lister', 'mover', 'talker']) await call('DELETE', `/api/custom-endpoints/${slug}`);
});

test('requests go through the proxy of the key, of the platform, or of all', async () => {
  const { hostname: host, port } = new URL(simulator.url);
  const resolve = () => ({ host, port: Number(port) });
  const http = await httpProxy({ login: 'user:pass-word-1', resolve });
  const socks = await socksProxy({ login: 'user:pass-word-2', resolve });
  const open = await socksProxy({ resolve });
  try {
    const added = await call('POST', '/api/custom-endpoints', {
      name: 'far', base_url: 'http://far.invalid/groq/openai/v1', secret: keyFor('groq', '3001'),
      models: [{ upstream_id: 'openai/gpt-oss-120b' }], proxy: `http://user:pass-word-1@127.0.0.1:${http.port}` });
    assert.equal(added.status, 201, added.text);
    assert.equal(added.json.proxy, `http://…@127.0.0.1:${http.port}`);
    const served = await chat('far/openai/gpt-oss-120b');
    assert.equal(served.status, 200, await served.clone().text());
    assert.ok(http.asked.includes('far.invalid:80'));

    const key = (await keys()).find((row) => row.platform === 'far');
    const patched = await call('PATCH', `/api/keys/${key.id}`, { proxy: `socks5://user:pass-word-2@127.0.0.1:${socks.port}` });
    assert.equal(patched.json.proxy, `socks5://…@127.0.0.1:${socks.port}`);
    assert.equal((await chat('far/openai/gpt-oss-120b')).status, 200);
    assert.ok(socks.asked.includes('far.invalid:80'));

    assert.equal((await call('PATCH', `/api/keys/${key.id}`, { proxy: null })).json.proxy, null);
    assert.equal((await call('PATCH', '/api/custom-endpoints/far', { proxy: null })).json.proxy, null);
    const settings = await call('PATCH', '/api/settings', { network: { proxy: `socks5://127.0.0.1:${open.port}` } });
    assert.equal(settings.json.values.network.proxy, `socks5://127.0.0.1:${open.port}`);
    assert.equal((await chat('far/openai/gpt-oss-120b')).status, 200);
    assert.ok(open.asked.includes('far.invalid:80'));
    const before = open.asked.length;
    assert.equal((await chat('groq/openai/gpt-oss-120b')).status, 200);  // stands next to us
    assert.equal(open.asked.length, before);

    await call('PATCH', '/api/custom-endpoints/far', { proxy: `http://user:wrong-word@127.0.0.1:${http.port}` });
    const refused = await chat('far/openai/gpt-oss-120b');
    assert.equal(refused.status, 502);
    const story = await eventually('the row of the request', async () => {
      const found = await call('GET', `/api/requests/${refused.headers.get('x-request-id')}`);
      return found.status === 404 ? undefined : found;
    });
    assert.match(story.text, /refuses the user name or password/);
    assert.equal((await call('PATCH', '/api/settings', { network: { proxy: null } })).json.values.network.proxy, null);
    for (const proxy of ['ftp://a', 'http://…@a.test:1', 'socks5://', 7]) {
      assert.equal((await call('PATCH', `/api/keys/${key.id}`, { proxy })).status, 400, String(proxy));
    }
    const seen = daemon.child.log.join('\n') + (await call('GET', '/api/keys')).text + (await call('GET', '/api/platforms')).text +
      (await call('GET', '/api/settings')).text + (await call('GET', '/api/custom-endpoints')).text;
    for (const secret of ['pass-word-1', 'pass-word-2', 'wrong-word']) assert.ok(!seen.includes(secret), secret);
    assert.equal((await call('DELETE', '/api/custom-endpoints/far')).status, 204);
  } finally {
    await Promise.all([http.stop(), socks.stop(), open.stop()]);
  }
});

test('a key whose own proxy is down is benched alone; its sibling serves', async () => {
  const added = await call('POST', '/api/custom-endpoints', {
    name: 'twoways', base_url: `${simulator.url}/groq/openai/v1`, secret: keyFor('groq', '3101'),
    allow_private_network: true, models: [{ upstream_id: 'openai/gpt-oss-20b' }] });
  assert.equal(added.status, 201, added.text);
  const second = await call('POST', '/api/keys', { keys: [{ platform: 'twoways', secret: keyFor('groq', '3102') }] });
  assert.ok(second.status < 300, second.text);
  const dead = await simulator.port('refuse');  // bound, so that nobody else gets it
  const [first] = (await keys()).filter((row) => row.platform === 'twoways');
  assert.equal((await call('PATCH', `/api/keys/${first.id}`, { proxy: `http://127.0.0.1:${dead}` })).status, 200);
  for (let i = 0; i < 3; ++i) assert.equal((await chat('twoways/openai/gpt-oss-20b')).status, 200);
  const { cooldowns } = (await call('GET', '/api/quotas')).json;
  const mine = cooldowns.filter((row) => row.platform === 'twoways');
  assert.deepEqual(mine.map((row) => [row.scope, row.key_id]), [['key', first.id]]);
  assert.equal((await call('DELETE', '/api/custom-endpoints/twoways')).status, 204);
});

test('a key that goes bad is found out by periodic checks, not by the first refusal, and recovers', async () => {
  const groq = async () => (await keys()).find((key) => key.platform === 'groq');
  await eventually('a good key', async () => (await groq()).state === 'valid');
  assert.equal((await call('GET', '/api/settings')).json.values.health.check_interval_ms, 1000);
  await simulator.fault({ kind: 'status', platform: 'groq', status: 401, only_chat: false });
  await eventually('a first refusal', async () => /refused \d of 3/.test((await groq()).state_reason ?? ''));
  await eventually('a verdict', async () => (await groq()).state === 'invalid');
  await simulator.reset();
  await eventually('the recovery', async () => (await groq()).state === 'valid');
});
