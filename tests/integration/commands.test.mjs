// The commands that look after the data: password, master key, backup, restore, healthcheck; what each says to
// people and to scripts, beside a stopped or a running daemon.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';

import { Simulator, quickest } from '../sdk/harness.mjs';
import { Home, Raw, adminToken, complete, eventually, request } from './support.mjs';

const password = 'correct horse battery';
let simulator, home;
before(async () => { simulator = await Simulator.start(); });
after(() => simulator?.stop());
beforeEach(async () => {
  await simulator.reset();
  await home?.remove();
  home = new Home(simulator, { keys: { groq: '' } });
});
after(() => home?.remove());

/** Runs a command that must succeed; its --json answer. */
async function succeed(args, options) {
  const done = await home.run([...args, '--json'], options);
  assert.equal(done.code, 0, `${args.join(' ')}: ${done.err}`);
  return JSON.parse(done.out);
}

async function refused(args, code, pattern, options) {
  const done = await home.run(args, options);
  assert.equal(done.code, code, `${args.join(' ')}: ${done.out}${done.err}`);
  assert.match(done.err, pattern);
  assert.ok(!/terminate called|Aborted/.test(done.err), done.err);
}

const addKey = (secret) => succeed(['keys', 'add', 'groq'], { input: `${secret}\n` });
const states = async () => (await succeed(['keys', 'list'])).keys.map((key) => key.state);
const masterKey = () => readFileSync(join(home.data, 'master.key'), 'utf8').trim();

async function logIn(daemon, secret) {
  const answer = await fetch(`${daemon.url}/api/auth/login`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ password: secret }),
  });
  await answer.arrayBuffer();
  return { status: answer.status, cookie: answer.headers.getSetCookie()[0]?.split(';')[0] };
}

async function statusOf(daemon, path, cookie) {
  const answer = await fetch(daemon.url + path, { headers: cookie ? { cookie } : {} });
  await answer.arrayBuffer();
  return answer.status;
}

describe('every command', () => {
  const commands = ['serve', 'check-config', 'keys add', 'keys list', 'keys remove', 'keys test', 'api-key show', 'api-key rotate',
    'admin reset-password', 'master-key rotate', 'backup', 'restore', 'healthcheck'];

  test('teaches with --help, and that costs nothing', async () => {
    for (const command of commands) {
      const { code, out } = await home.run([...command.split(' '), '--help']);
      assert.equal(code, 0);
      assert.match(out, /Examples?:\n {2}\S/, command);
    }
    assert.deepEqual(readdirSync(home.data), []);
  });

  test('says what is wrong to people and, with --json, to scripts', async () => {
    await succeed(['keys', 'add', 'groq'], { input: 'sim-groq-0001\n' });  // makes the database
    const done = await home.run(['keys', 'remove', '4711', '--json']);
    assert.equal(done.code, 1);
    assert.match(done.err, /^freellmapi: there is no key 4711/);
    assert.equal(JSON.parse(done.out).error.code, 'not_found');
  });

  test('takes the flag before the environment before the file', async () => {
    const elsewhere = join(home.directory, 'elsewhere');
    const shown = await succeed(['check-config', '--data-dir', elsewhere], { environment: { FREELLMAPI_DATA_DIR: '/nowhere' } });
    assert.equal(shown.data_dir, elsewhere);
    await refused(['healthcheck', '--port', '1'], 1, /port 1\b/, { environment: { FREELLMAPI_PORT: '2' } });
    await refused(['healthcheck'], 1, /port 2\b/, { environment: { FREELLMAPI_PORT: '2' } });
  });

  test('asks before the first start, not after: api-key show makes the key', async () => {
    const environment = { FREELLMAPI_API_KEY: '' };
    const first = await succeed(['api-key', 'show'], { environment });
    assert.match(first.api_key, /^freellmapi-[0-9a-f]{48}$/);
    const daemon = await home.start({ environment });
    const answer = await daemon.fetch('/v1/models', { headers: { authorization: `Bearer ${first.api_key}` } });
    await answer.arrayBuffer();
    assert.equal(answer.status, 200);
    assert.equal(await daemon.stop(), 0);
  });
});

describe('admin reset-password', () => {
  test('sets it before the first start; too short is refused', async () => {
    await refused(['admin', 'reset-password'], 2, /8 to 1024/, { input: 'short\n' });
    await refused(['admin', 'reset-password'], 2, /nothing was given/, { input: '' });
    await succeed(['admin', 'reset-password'], { input: `${password}\n` });
    const daemon = await home.start();
    assert.equal((await logIn(daemon, password)).status, 200);
    assert.equal(await daemon.stop(), 0);
  });

  test('ends every session of a running daemon, and its event feeds', async () => {
    await succeed(['admin', 'reset-password'], { input: `${password}\n` });
    const daemon = await home.start();
    const { cookie } = await logIn(daemon, password);
    assert.equal(await statusOf(daemon, '/api/keys', cookie), 200);
    const feed = await Raw.connect(daemon.url);
    feed.send(request('GET', '/api/events', { headers: { Authorization: null, Cookie: cookie } }));
    await feed.until('greeting', () => feed.pending.includes('event: hello'));

    const done = await home.run(['admin', 'reset-password'], { input: 'another good password\n' });

    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /running daemon/);
    await eventually('the end of the session', async () => (await statusOf(daemon, '/api/keys', cookie)) === 401);
    assert.match((await feed.response()).body, /event: hello/);
    feed.send(request('GET', '/livez'));  // its head promised a connection that goes on
    assert.equal((await feed.response()).status, 200);
    feed.destroy();
    assert.equal((await logIn(daemon, password)).status, 401);
    assert.equal((await logIn(daemon, 'another good password')).status, 200);
    assert.equal(await daemon.stop(), 0);
  });
});

describe('master-key rotate', () => {
  test('seals everything anew; the old key opens nothing, the daemon serves', async () => {
    await addKey('sim-groq-0001');
    const old = masterKey();

    const done = await succeed(['master-key', 'rotate']);

    assert.equal(done.secrets, 1);
    assert.notEqual(masterKey(), old);
    assert.equal(statSync(join(home.data, 'master.key')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(home.data).sort(), ['freellmapi.db', 'master.key']);
    await refused(['keys', 'list'], 2, /wrong master key/, { environment: { FREELLMAPI_MASTER_KEY: old } });
    const daemon = await home.start();
    assert.equal((await complete(daemon)).status, 200);
    assert.equal(await daemon.stop(), 0);
  });

  test('refuses a running daemon and an empty directory', async () => {
    await refused(['master-key', 'rotate'], 2, /no database/);
    const daemon = await home.start();
    await refused(['master-key', 'rotate'], 1, /in use by a running freellmapi; stop it first/);
    assert.equal(await daemon.stop(), 0);
  });

  test('with the key in the environment the new one has to be given', async () => {
    const environment = { FREELLMAPI_MASTER_KEY: 'ab'.repeat(32) };
    await succeed(['keys', 'add', 'groq'], { environment, input: 'sim-groq-0001\n' });
    await refused(['master-key', 'rotate'], 2, /--stdin/, { environment });
    await refused(['master-key', 'rotate', '--stdin'], 2, /64 hex/, { environment, input: 'hello\n' });

    await succeed(['master-key', 'rotate', '--stdin'], { environment, input: `${'cd'.repeat(32)}\n` });

    await refused(['keys', 'list'], 2, /wrong master key/, { environment });
    const { keys } = await succeed(['keys', 'list'], { environment: { FREELLMAPI_MASTER_KEY: 'cd'.repeat(32) } });
    assert.equal(keys[0].state, 'unknown');
    assert.ok(!existsSync(join(home.data, 'master.key')));
  });
});

describe('backup and restore', () => {
  test('bring back keys and client key, not sessions; the master key is not in it', async () => {
    const environment = { FREELLMAPI_API_KEY: '' };
    const file = join(home.directory, 'copy.db');
    await addKey('sim-groq-0001');
    await succeed(['admin', 'reset-password'], { input: `${password}\n` });
    const clientKey = (await succeed(['api-key', 'show'], { environment })).api_key;
    const daemon = await home.start({ environment });
    const { cookie } = await logIn(daemon, password);

    const copy = await succeed(['backup', file]);

    assert.equal(copy.holds_master_key, false);
    assert.equal(copy.bytes, statSync(file).size);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const bytes = readFileSync(file);
    assert.ok(!bytes.includes(masterKey()) && !bytes.includes(Buffer.from(masterKey(), 'hex')));
    await refused(['restore', file], 1, /in use by a running freellmapi; stop it first/);
    await succeed(['keys', 'remove', '1']);
    await succeed(['api-key', 'rotate'], { environment });
    assert.equal(await daemon.stop(), 0);

    await succeed(['restore', file]);

    assert.deepEqual(await states(), ['unknown']);
    assert.equal((await succeed(['api-key', 'show'], { environment })).api_key, clientKey);
    assert.deepEqual(readdirSync(home.data).sort(), ['freellmapi.db', 'master.key']);
    const again = await home.start({ environment });
    assert.equal(await statusOf(again, '/api/keys', cookie), 401);
    assert.equal((await logIn(again, password)).status, 200);
    assert.equal(await again.stop(), 0);
  });

  test('backup overwrites only with --force, and never the database', async () => {
    const file = join(home.directory, 'copy.db');
    await refused(['backup', file], 2, /no database/);
    await addKey('sim-groq-0001');
    writeFileSync(file, 'precious');
    await refused(['backup', file], 2, /exists.*--force/);
    assert.equal(readFileSync(file, 'utf8'), 'precious');
    await succeed(['backup', '--force', file]);
    assert.ok(readFileSync(file).includes('SQLite format 3'));
    await refused(['backup', '--force', join(home.data, 'freellmapi.db')], 2, /itself/);
    await refused(['backup', join(home.directory, 'no/such/dir/copy.db')], 2, /there is no directory .*no.such.dir to write copy\.db into/);
    assert.deepEqual(readdirSync(home.directory).filter((name) => name.endsWith('.partial')), []);
  });

  test('restore takes nothing but a whole backup that the master key opens', async () => {
    await addKey('sim-groq-0001');
    const good = join(home.directory, 'good.db');
    const bad = join(home.directory, 'bad.db');
    await succeed(['backup', good]);
    const bytes = readFileSync(good);
    const was = readFileSync(join(home.data, 'freellmapi.db'));
    const newer = Buffer.from(bytes);
    newer.writeUInt32BE(9_999, 60);
    const foreign = Buffer.from(bytes);
    foreign.writeUInt32BE(0, 68);
    const damaged = Buffer.from(bytes);
    damaged.fill(0xff, 3 * 4096, 5 * 4096);
    for (const [content, pattern] of [[newer, /newer/], [foreign, /another program/], [damaged, /damaged/],
      [bytes.subarray(0, 9000), /damaged/], ['hello', /not a SQLite database|not a backup/]]) {
      writeFileSync(bad, content);
      const done = await home.run(['restore', bad]);
      assert.ok([1, 2].includes(done.code));
      assert.match(done.err, pattern);
    }
    await refused(['restore', join(home.directory, 'none.db')], 2, /cannot read/);
    await succeed(['master-key', 'rotate']);
    await refused(['restore', good], 2, /sealed with master key .* put the master\.key of that backup/);
    assert.ok(was.length > 0 && existsSync(join(home.data, 'freellmapi.db')));
    assert.deepEqual(await states(), ['unknown'], 'all as it was');
  });

  test('restore on a new machine, and over a damaged database', async () => {
    await addKey('sim-groq-0001');
    const file = join(home.directory, 'copy.db');
    await succeed(['backup', file]);
    writeFileSync(join(home.data, 'freellmapi.db'), 'x'.repeat(5000));
    await succeed(['restore', file]);
    assert.deepEqual(await states(), ['unknown']);

    const key = masterKey();
    rmSync(home.data, { recursive: true });
    await refused(['restore', file], 2, /no master key .* put the master\.key/);
    mkdirSync(home.data, { recursive: true });
    writeFileSync(join(home.data, 'master.key'), key, { mode: 0o600 });
    await succeed(['restore', file]);
    assert.deepEqual(await states(), ['unknown']);
  });
});

describe('healthcheck', () => {
  const portOf = (daemon) => ['--port', new URL(daemon.url).port];

  test('is 0 beside a ready daemon and 1 beside none, whatever it listens on', async () => {
    await addKey('sim-groq-0001');
    const daemon = await home.start({ args: ['--host', '0.0.0.0'] });
    const port = portOf(daemon);
    assert.equal((await succeed(['healthcheck', '--host', '0.0.0.0', ...port])).ready, true);
    assert.equal(await daemon.stop(), 0);
    await refused(['healthcheck', ...port], 1, /not ready/);
    await refused(['healthcheck', '--port', '0'], 1, /port 0/);
    writeFileSync(home.config, 'nonsense');
    await refused(['healthcheck', ...port], 1, /toml:1/);
  });

  test('gives up at its deadline', async () => {
    const daemon = await home.start();
    daemon.signal('SIGSTOP');
    const took = await quickest(5_000, async () => {
      const began = performance.now();
      await refused(['healthcheck', '--timeout', '1', ...portOf(daemon)], 1, /in time/);
      return performance.now() - began;
    });
    assert.ok(took < 5_000, `${took} ms: it waited the default of 5 s`);
    daemon.signal('SIGCONT');
    assert.equal(await daemon.stop(), 0);
  });
});

describe('a command beside a daemon', () => {
  test('a daemon that starts meanwhile waits for the command', async () => {
    const adding = home.run(['keys', 'add', 'groq'], { input: 'sim-groq-0001\n' });
    const daemon = await home.start();
    assert.equal((await adding).code, 0);
    await eventually('the key', async () => (await complete(daemon)).status === 200);
    assert.equal(await daemon.stop(), 0);
  });
});

describe('what the program writes about itself', () => {
  /** What bash offers after `line`. */
  function completed(script, line) {
    const words = line.split(' ');
    const code = `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _freellmapi; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', code], { encoding: 'utf8' }).trim().split('\n');
  }

  test('bash completes commands, options and values', async () => {
    const { out: script } = await home.run(['completions', 'bash']);
    assert.ok(completed(script, 'freellmapi ').includes('healthcheck'));
    assert.deepEqual(completed(script, 'freellmapi mas'), ['master-key']);
    assert.deepEqual(completed(script, 'freellmapi keys r'), ['remove']);
    assert.deepEqual(completed(script, 'freellmapi keys add gr'), ['groq']);
    assert.deepEqual(completed(script, 'freellmapi --log-level d'), ['debug']);
    assert.deepEqual(completed(script, 'freellmapi --port 1 keys add groq --la'), ['--label']);
    assert.ok(!completed(script, 'freellmapi keys ').includes('config-reference'));
  });

  test('every shell and the manual know every command', async () => {
    for (const args of [['completions', 'zsh'], ['completions', 'fish'], ['completions', 'bash'], ['man']]) {
      const { code, out } = await home.run(args);
      assert.equal(code, 0);
      for (const word of ['rotate', 'healthcheck', 'check', 'restore', 'reset', 'groq']) assert.ok(out.includes(word), `${args}: ${word}`);
    }
    assert.equal((await home.run(['completions', 'tcsh'])).code, 2);
  });

  test('the default configuration is valid', async () => {
    writeFileSync(home.config, (await home.run(['default-config'])).out);
    assert.equal((await succeed(['check-config'])).valid, true);
  });
});

describe('a damaged stored secret', () => {
  /** Where sealed secrets stand in the database: each begins with a version and the master key's id. */
  async function sealed() {
    const file = join(home.directory, 'look.db');
    const { master_key_id: id } = await succeed(['backup', '--force', file]);
    const mark = Buffer.from(`01${id}`, 'hex');
    const bytes = readFileSync(join(home.data, 'freellmapi.db'));
    const found = [];
    for (let at = -1; (at = bytes.indexOf(mark, at + 1)) >= 0;) found.push(at);
    return found;
  }

  /** Runs `add` and damages what it sealed. */
  async function damage(add) {
    const before = await sealed();
    await add();
    const fresh = (await sealed()).filter((at) => !before.includes(at));
    assert.equal(fresh.length, 1);
    const file = join(home.data, 'freellmapi.db');
    const bytes = readFileSync(file);
    bytes[fresh[0] + 30] ^= 1;
    writeFileSync(file, bytes);
  }

  test('is named in the log and in /api/keys; the others serve', async () => {
    await addKey('sim-groq-0001');
    await damage(() => addKey('sim-groq-0002-damaged'));

    const daemon = await home.start();

    await daemon.logged('the name of the row', (line) => /key 2 of groq cannot be decrypted/.test(line));
    assert.equal((await complete(daemon)).status, 200);
    const answer = await daemon.fetch('/api/keys', { headers: { authorization: `Bearer ${adminToken}` } });
    const keys = await answer.json();
    assert.deepEqual((keys.data ?? keys.keys).map((key) => key.state), ['unknown', 'undecryptable']);
    assert.equal(await daemon.stop(), 0);
    await refused(['master-key', 'rotate'], 1, /key 2 of groq cannot be opened.*remove it first/);
    await succeed(['keys', 'remove', '2']);
    await succeed(['master-key', 'rotate']);
  });

  test('if it is the client key: closed, not broken, until a new one is made', async () => {
    const environment = { FREELLMAPI_API_KEY: '' };
    await addKey('sim-groq-0001');
    await damage(() => succeed(['api-key', 'show'], { environment }));
    await refused(['api-key', 'show'], 1, /cannot be opened.*api-key rotate/, { environment });

    const daemon = await home.start({ environment });

    const ask = async (key) => {
      const answer = await daemon.fetch('/v1/models', { headers: { authorization: `Bearer ${key}` } });
      await answer.arrayBuffer();
      return answer.status;
    };
    assert.equal(await ask('anything'), 401);
    const { api_key: fresh } = await succeed(['api-key', 'rotate'], { environment });
    await eventually('the new key', async () => (await ask(fresh)) === 200);
    assert.equal(await daemon.stop(), 0);
  });
});
