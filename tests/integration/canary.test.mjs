// A secret is put in every place where one can enter, and then looked for in everything that comes out: log lines,
// answers, the database's bytes, a backup, and, once it is removed, the daemon's memory.

import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { Simulator, daemonBinary } from '../sdk/harness.mjs';
import { Home, adminToken, chat, clientKey, complete, eventually } from './support.mjs';

let simulator, home, platform;
before(async () => { simulator = await Simulator.start(); });
after(() => simulator?.stop());
afterEach(async () => {
  await home?.remove();
  await platform?.close();
  home = platform = undefined;
});

// Each of its own kind, so that a finding tells where it came from. None looks like an example, which a scrubber might spare.
const canaries = {
  'key by the command line': 'gsk_cAnArYcOmMaNdLiNe0123456789abcdef',
  'key by the API': 'kEyByTheApIcAnArY0123456789abcdef',
  'key by the environment': 'csk-cAnArYeNvIrOnMeNt0123456789abcdef',
  'password': 'cAnArY-pAsSwOrD-0123456789',
  'wrong password': 'cAnArY-wRoNg-0123456789',
  'wrong client key': 'freellmapi-cAnArYwRoNgClIeNt0123456789abcdef',
  'password of a proxy': 'cAnArYpRoXyPaSs0123456789',
  'query string': 'cAnArYqUeRy0123456789abcdef',
  'wrong admin token': 'cAnArYaDmIn0123456789abcdef',
  'key behind a proxy': 'gsk_cAnArYbEhInD0123456789abcdef',
  'key of an endpoint': 'cAnArYeNdPoInT0123456789abcdef',
  'pasted key': 'gsk_cAnArYpAsTeD0123456789abcdef',
};

/** A platform that answers every request with an error that repeats all it was sent. */
async function parrot(status) {
  const sockets = new Set();
  let asked = 0;
  const server = createServer((request, answer) => {
    ++asked;
    const body = JSON.stringify({ error: { message: `no: ${request.url} ${JSON.stringify(request.headers)}`, code: 'parrot' } });
    answer.writeHead(status(), { 'content-type': 'application/json', 'x-echo': request.headers.authorization ?? '' });
    answer.end(body);
  });
  server.on('connection', (socket) => { sockets.add(socket); socket.on('close', () => sockets.delete(socket)); });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    asked: () => asked,
    close: () => new Promise((done) => { for (const socket of sockets) socket.destroy(); server.close(done); }),
  };
}

function assertClean(what, bytes, allowed = []) {
  const text = Buffer.isBuffer(bytes) ? bytes.toString('latin1') : bytes;
  for (const [name, secret] of Object.entries({ ...canaries, 'client key': clientKey, 'admin token': adminToken })) {
    if (!allowed.includes(name)) assert.ok(!text.includes(secret), `${what} shows the ${name}`);
  }
}

const pages = ['/', '/livez', '/readyz', '/metrics', '/v1/models', '/v1/availability?model=auto', '/api/keys', '/api/platforms', '/api/models',
  '/api/fallback', '/api/settings', '/api/quotas', '/api/requests', '/api/about', '/api/auth/sessions', '/api/auth/status', '/api/custom-endpoints',
  '/api/analytics/summary', '/api/analytics/errors', '/api/analytics/by-platform', '/api/licenses', '/api/no-such-page'];

for (const format of ['text', 'json']) {
  test(`no secret comes out anywhere (log format ${format})`, async () => {
    const statuses = [400, 401, 403, 429, 500];
    let turn = 0;
    platform = await parrot(() => statuses[turn++ % statuses.length]);
    const urls = Object.fromEntries(['groq', 'mistral', 'cerebras'].map((name) => [name, platform.url]));
    home = new Home(simulator, { keys: { groq: '', mistral: '', cerebras: canaries['key by the environment'] }, baseUrls: urls,
      options: { openrouter: { proxy: `http://user:${canaries['password of a proxy']}@127.0.0.1:9` } } });
    const environment = { FREELLMAPI_ADMIN_PASSWORD: canaries.password };
    const added = await home.run(['keys', 'add', 'groq'], { input: `${canaries['key by the command line']}\n` });
    assertClean('the command', added.out + added.err);
    const daemon = await home.start({ args: ['--log-level', 'trace', '--log-format', format], environment });
    const seen = [];
    const send = async (path, { method = 'GET', headers = {}, body, allowed } = {}) => {
      const answer = await fetch(daemon.url + path, { method, headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers }, body });
      const text = `${[...answer.headers].join('\n')}\n${await answer.text()}`;
      assertClean(`${method} ${path.split('?')[0]}`, text, allowed);
      seen.push(`${method} ${path} ${answer.status}`);
      return { status: answer.status, text };
    };
    const admin = { authorization: `Bearer ${adminToken}` };
    const client = { authorization: `Bearer ${clientKey}` };

    // In, by every door.
    await send('/api/keys', { method: 'POST', headers: admin, body: JSON.stringify({ keys: [{ platform: 'mistral', secret: canaries['key by the API'] }] }) });
    await send('/api/keys', { method: 'POST', headers: admin, body: JSON.stringify({ keys: [{ platform: 'nobody', secret: canaries['key by the API'] }] }) });
    await send('/api/keys', { method: 'POST', headers: admin, body: `{"keys": [{"secret": "${canaries['key by the API']}"` });
    const pasted = [`GROQ_API_KEY=${canaries['pasted key']}\n`, `{"groq": "${canaries['pasted key']}"`, `platform,key\nnobody,${canaries['pasted key']}\n`];
    for (const text of pasted) {
      for (const dryRun of [true, false])
        await send('/api/keys/import', { method: 'POST', headers: admin, body: JSON.stringify({ text, dry_run: dryRun }) });
    }
    const proxy = `http://user:${canaries['password of a proxy']}@127.0.0.1:9`;
    await send('/api/keys', { method: 'POST', headers: admin, body: JSON.stringify({ keys: [{ platform: 'groq', secret: canaries['key behind a proxy'], proxy }] }) });
    const endpoint = await send('/api/custom-endpoints', { method: 'POST', headers: admin, body: JSON.stringify({ name: 'mine', base_url: platform.url,
      secret: canaries['key of an endpoint'], models: [{ upstream_id: 'm' }], allow_private_network: true, proxy }) });
    assert.ok(endpoint.status < 300, endpoint.text);
    await send('/api/auth/login', { method: 'POST', body: JSON.stringify({ password: canaries['wrong password'] }) });
    await send('/api/auth/login', { method: 'POST', body: JSON.stringify({ password: canaries.password }) });
    await send('/api/keys', { headers: { authorization: `Bearer ${canaries['wrong admin token']}` } });
    await send('/v1/models', { headers: { authorization: `Bearer ${canaries['wrong client key']}` } });
    await send('/v1/models', { headers: { 'x-api-key': canaries['wrong client key'] } });
    for (const path of ['/v1/models', '/v1/chat/completions', '/api/keys', '/no/such/page'])
      await send(`${path}?key=${canaries['query string']}&api_key=${clientKey}`, { headers: client });
    // The platforms repeat what they were sent, in every kind of failure.
    let id;
    for (let i = 0; i < statuses.length; ++i) {
      const answer = await send('/v1/chat/completions', { method: 'POST', headers: client, body: chat('hello', { stream: i % 2 === 1 }) });
      id ??= answer.text.match(/x-request-id,(\S+)/)?.[1];
    }
    const { keys } = JSON.parse((await home.run(['keys', 'list', '--json'])).out);
    assert.ok(keys.length >= 3, JSON.stringify(keys));
    for (const key of keys) {
      await send(`/api/keys/${key.id}/test`, { method: 'POST', headers: admin });
      const tested = await home.run(['keys', 'test', String(key.id)]);
      assertClean('keys test', tested.out + tested.err);
    }

    assert.ok(platform.asked() > statuses.length, `the parrot was asked ${platform.asked()} times`);
    const proxied = await send('/api/settings', { method: 'PATCH', headers: admin, body: JSON.stringify({ network: { proxy } }) });
    assert.equal(proxied.status, 200, proxied.text);
    await send('/v1/chat/completions', { method: 'POST', headers: client, body: chat() });

    // Out.
    for (const path of pages) await send(path, { headers: path.startsWith('/api') ? admin : client });
    if (id) await send(`/v1/requests/${id}/explain`, { headers: client });
    const backup = join(home.directory, 'backup.db');
    assert.equal((await home.run(['backup', backup])).code, 0);
    assertClean('the backup', readFileSync(backup));
    for (const name of readdirSync(home.data).filter((file) => file.startsWith('freellmapi.db'))) assertClean(name, readFileSync(join(home.data, name)));
    assertClean('/proc/PID/cmdline', readFileSync(`/proc/${daemon.pid}/cmdline`));
    assertClean('/proc/PID/environ', readFileSync(`/proc/${daemon.pid}/environ`));
    assert.equal(await daemon.stop(), 0);
    assertClean('the log', daemon.log.join('\n'));
    assert.ok(daemon.log.length > 20, 'the log says something');
    for (const name of readdirSync(home.data).filter((file) => file.startsWith('freellmapi.db'))) assertClean(name, readFileSync(join(home.data, name)));
  });
}

// Known beforehand: a test that skips itself half-way is not cleaned up after.
const isSanitized = daemonBinary !== undefined && /lib[at]san\.so/.test(readFileSync(daemonBinary, 'latin1'));
const skip = isSanitized && 'a sanitizer has its own idea of memory';

/** How often `secret` stands in the writable memory of a process. */
function inMemory(pid, secret) {
  const wanted = Buffer.from(secret);
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  let count = 0;
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from, to, rights] = line.match(/^([0-9a-f]+)-([0-9a-f]+) (\S+)/) ?? [];
      if (!rights?.startsWith('rw') || line.includes('[v')) continue;
      const size = Number(BigInt(`0x${to}`) - BigInt(`0x${from}`));
      const bytes = Buffer.alloc(size);
      let got = 0;
      try { got = readSync(memory, bytes, 0, size, BigInt(`0x${from}`)); } catch { continue; }
      for (let at = -1; (at = bytes.subarray(0, got).indexOf(wanted, at + 1)) >= 0;) ++count;
    }
  } finally {
    closeSync(memory);
  }
  return count;
}

test('a removed key is not in the memory of the daemon', { skip }, async () => {
  const secret = 'sim-groq-cAnArYmEmOrY0123456789abcdef';
  home = new Home(simulator, { keys: { groq: '' } });
  assert.equal((await home.run(['keys', 'add', 'groq'], { input: `${secret}\n` })).code, 0);
  const daemon = await home.start();
  for (let i = 0; i < 20; ++i) {
    const answer = await complete(daemon, { stream: i % 2 === 1 });
    assert.equal(answer.status, 200);
    await answer.text();
  }
  const tested = await daemon.fetch('/api/keys/1/test', { method: 'POST', headers: { authorization: `Bearer ${adminToken}` } });
  assert.ok(tested.ok, await tested.text());
  // While a request runs the key is there: the search finds what there is.
  await simulator.fault({ kind: 'stall_mid_stream', after_events: 2 });
  const running = await complete(daemon, { stream: true });
  assert.ok(inMemory(daemon.pid, secret) > 0, 'the search finds a key in use');
  await running.body.cancel();

  const admin = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  const byApi = 'sim-groq-cAnArYmEmOrYaPi0123456789abcdef';
  const added = await daemon.fetch('/api/keys', { method: 'POST', headers: admin, body: JSON.stringify({ keys: [{ platform: 'groq', secret: byApi }] }) });
  assert.ok(added.ok, await added.text());

  assert.equal((await daemon.fetch('/api/keys/2', { method: 'DELETE', headers: admin })).status, 200);
  assert.equal((await home.run(['keys', 'remove', '1'])).code, 0);
  await eventually('the key to be gone', async () => {
    const answer = await complete(daemon);
    await answer.text();
    return answer.status === 503;
  });

  for (const gone of [secret, byApi]) await eventually('memory without the key', () => inMemory(daemon.pid, gone) === 0);
  assert.equal(await daemon.stop(), 0);
});

test('keys of the environment are in no memory once they are stored', { skip }, async () => {
  const secret = 'sim-groq-cAnArYeNvMeMoRy0123456789abcdef';
  home = new Home(simulator, { keys: { groq: secret } });
  const daemon = await home.start();
  assert.equal((await complete(daemon)).status, 200);

  await eventually('memory without the key', () => inMemory(daemon.pid, secret) === 0);
  assert.equal(await daemon.stop(), 0);
});
