// Start, stop, reload, refusals to start, and the commands beside a stopped or running daemon.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, closeSync, constants, existsSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';

import { Simulator, daemonBinary, firstLine, sanitizerOptions, stop } from '../sdk/harness.mjs';
import { Home, Raw, chat, complete, decodeChunks, eventually, postChat, request } from './support.mjs';

let simulator, home;
before(async () => { simulator = await Simulator.start(); });
after(() => simulator?.stop());
beforeEach(async () => {
  await simulator.reset();
  await home?.remove();
  home = new Home(simulator, { keys: { groq: 'sim-groq-0001' } });
});
after(() => home?.remove());

/** Name, size and content of everything in the data directory. */
function snapshot(directory) {
  return Object.fromEntries(readdirSync(directory).sort().map((name) => [name, readFileSync(join(directory, name)).toString('hex')]));
}

/** One line that says what is wrong, on standard error, without a trace of the machinery. */
function assertRefused(result, code, pattern) {
  assert.equal(result.code, code, result.err);
  const lines = result.err.trim().split('\n');
  assert.ok(lines.some((line) => pattern.test(line)), result.err);
  assert.ok(!/terminate called|what\(\)|Aborted/.test(result.err), result.err);
  assert.ok(!result.out.includes('Server running'), 'it says that it runs only when it does');
}

describe('start', () => {
  test('prints the four lines, once the port is open', async () => {
    const daemon = await home.start();

    // The log goes to standard error and may come between.
    assert.deepEqual(daemon.log.filter((line) => !/^\d{4}-/.test(line)), [
      `Database initialized at ${home.data}/freellmapi.db`,
      `Server running on ${daemon.url}`,
      `Proxy endpoint: ${daemon.url}/v1/chat/completions`,
      `Dashboard: ${daemon.url}/`,
    ]);
    assert.equal((await complete(daemon)).status, 200);
    assert.deepEqual(readdirSync(home.data).filter((name) => !/^freellmapi\.db/.test(name) && !/lock/.test(name)), ['master.key']);
    assert.equal(statSync(join(home.data, 'master.key')).mode & 0o777, 0o600);
    assert.equal(await daemon.stop(), 0);
  });

  test('needs no configuration file', async () => {
    home.configure(undefined);
    const daemon = await home.start();
    assert.equal((await fetch(`${daemon.url}/livez`)).status, 200);
    assert.equal(await daemon.stop(), 0);
  });

  test('a port in use is one clear line', async () => {
    const busy = net.createServer();
    await new Promise((done) => busy.listen(0, '127.0.0.1', done));
    const { port } = busy.address();
    try {
      assertRefused(await home.run(['--port', String(port)]), 2, new RegExp(`${port}.*(in use|Address)`));
    } finally {
      busy.close();
    }
  });

  test('a second daemon on the same data directory is refused and the first goes on', async () => {
    const daemon = await home.start();
    const second = await home.run(['--port', '0']);
    assert.ok([1, 2].includes(second.code));
    assert.match(second.err, /runn|lock|use/i);
    assert.equal((await complete(daemon)).status, 200);
    assert.equal(await daemon.stop(), 0);
  });

  test('a data directory that cannot be written is one clear line', async () => {
    // Below a file nobody can make a directory, root included.
    writeFileSync(join(home.directory, 'file'), '');
    home.data = join(home.directory, 'file/data');
    const refused = await home.run(['--port', '0']);
    assert.ok([1, 2].includes(refused.code));
    assertRefused(refused, refused.code, /cannot .*\/file/);
  });

  for (const [what, break_] of [
    ['a wrong master key in the environment', () => ({ FREELLMAPI_MASTER_KEY: 'ab'.repeat(32) })],
    ['another master.key', () => { writeFileSync(join(home.data, 'master.key'), `${'cd'.repeat(32)}\n`, { mode: 0o600 }); }],
    ['a master.key that others can read', () => { chmodSync(join(home.data, 'master.key'), 0o640); }],
    ['a master.key that is no key', () => { writeFileSync(join(home.data, 'master.key'), 'hello'); }],
  ]) {
    test(`${what}: refused, nothing on disk changed`, async () => {
      const daemon = await home.start();
      assert.equal(await daemon.stop(), 0);
      const environment = break_() ?? {};
      const was = snapshot(home.data);

      const refused = await home.run(['--port', '0'], { environment });

      assert.ok([1, 2].includes(refused.code), `${refused.code}`);
      assertRefused(refused, refused.code, /master[ ._-]?key/i);
      assert.deepEqual(snapshot(home.data), was);
    });
  }

  test('a database of a newer version is refused and left alone', async () => {
    const daemon = await home.start();
    assert.equal(await daemon.stop(), 0);
    // SQLite keeps user_version big-endian at offset 60 of the file.
    const file = join(home.data, 'freellmapi.db');
    const bytes = readFileSync(file);
    bytes.writeUInt32BE(9_999, 60);
    writeFileSync(file, bytes);
    const was = snapshot(home.data);

    const refused = await home.run(['--port', '0']);

    assert.ok([1, 2].includes(refused.code));
    assertRefused(refused, refused.code, /newer|9999|version/i);
    assert.deepEqual(snapshot(home.data), was);
  });

  test('a bad configuration names file, line and the nearest key, and starts nothing', async () => {
    writeFileSync(home.config, '[server]\nport = 3001\nworker = 2\n');
    const refused = await home.run(['--port', '0']);
    assertRefused(refused, 2, /freellmapi\.toml:3.*"?worker"?.*workers/);
    assert.deepEqual(readdirSync(home.data), []);
  });

  test('wrong flags are exit code 2', async () => {
    for (const args of [['--port', 'abc'], ['--port', '70000'], ['--no-such-flag'], ['no-such-command']]) {
      assert.equal((await home.run(args)).code, 2, args.join(' '));
    }
  });

  test('the API key may be switched off on loopback only', async () => {
    writeFileSync(home.config, '[auth]\nrequire_api_key = false\n');
    const refused = await home.run(['--host', '0.0.0.0', '--port', '0']);
    assertRefused(refused, 2, /require_api_key/);
  });

  test('without a key no page of another site may use it', async () => {
    writeFileSync(home.config, '[auth]\nrequire_api_key = false\n');
    const daemon = await home.start();
    const status = async (headers) => {
      const raw = await Raw.connect(daemon.url);
      const answer = await raw.send(request('GET', '/v1/models', { headers: { Authorization: null, ...headers } })).response();
      raw.destroy();
      return answer.status;
    };

    assert.equal(await status({}), 200);
    assert.equal(await status({ Host: '127.0.0.1', Origin: 'http://127.0.0.1' }), 200);
    assert.equal(await status({ Host: 'host.docker.internal:3001' }), 200);
    assert.equal(await status({ Origin: 'https://evil.example' }), 403);
    assert.equal(await status({ Origin: 'null' }), 403);
    assert.equal(await status({ Host: 'evil.example' }), 421);
    await daemon.stop();
  });
});

describe('check-config', () => {
  test('says that a good one is valid and touches nothing', async () => {
    const { code, out } = await home.run(['check-config']);
    assert.equal(code, 0);
    assert.match(out, /valid/);
    assert.ok(!existsSync(join(home.data, 'freellmapi.db')));
  });

  test('prints every problem with file and line', async () => {
    writeFileSync(home.config, '[server]\nport = "x"\n[routing]\nmax_atempts = 3\nsticky_ttl = 5\n[platforms.grok]\nenabled = true\n');
    const { code, err } = await home.run(['check-config']);
    assert.equal(code, 2);
    for (const pattern of [/toml:2.*port/, /toml:4.*max_attempts/, /toml:5.*duration/, /toml:6.*groq/]) assert.match(err, pattern);
  });

  test('a file that is no TOML is told with its line', async () => {
    writeFileSync(home.config, '[server]\nport = = 1\n');
    const { code, err } = await home.run(['check-config']);
    assert.equal(code, 2);
    assert.match(err, /toml:2/);
  });
});

describe('stop', () => {
  /** A stream under way: its head has come, and it goes on when the simulator is told to. */
  const stream = async (daemon) => {
    await simulator.fault({ kind: 'text', text: 'word '.repeat(60), times: 1 });
    await simulator.fault({ kind: 'hold', after_events: 20, times: 1 });
    const raw = await Raw.connect(daemon.url);
    raw.send(postChat(chat('go on', { stream: true })));
    await raw.head();
    return raw;
  };

  for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`${signal}: the running stream ends whole, new connections are refused, exit 0`, async () => {
      const daemon = await home.start();
      const idle = await Raw.connect(daemon.url);
      const raw = await stream(daemon);

      daemon.signal(signal);
      await idle.closed();
      await eventually('refusal of new connections', () => Raw.connect(daemon.url).then((other) => { other.destroy(); return false; }, (problem) => problem.code === 'ECONNREFUSED'));
      assert.ok(!raw.ended, 'the stream was still running');
      await simulator.release();
      await raw.closed();

      const { body, complete: isComplete } = decodeChunks(raw.pending);
      assert.ok(isComplete);
      assert.ok(body.toString().endsWith('data: [DONE]\n\n'));
      assert.deepEqual(await daemon.exited, { code: 0, signal: null });
    });
  }

  test('a second signal exits at once', async () => {
    await simulator.fault({ kind: 'stall_mid_stream', after_events: 2 });
    const daemon = await home.start();
    const raw = await stream(daemon);
    daemon.signal('SIGTERM');
    await daemon.logged('the beginning of the drain', (line) => line.includes('stopping'));

    const began = performance.now();
    daemon.signal('SIGTERM');
    await daemon.exited;

    assert.ok(performance.now() - began < 10_000, 'without the 30 s that the first signal grants');
    raw.destroy();
  });

  test('drain_timeout closes what is left', async () => {
    home.configure(simulator, { keys: { groq: 'sim-groq-0001' }, sections: { server: { drain_timeout: '300ms' } } });
    await simulator.fault({ kind: 'stall_mid_stream', after_events: 2 });
    const daemon = await home.start();
    const raw = await stream(daemon);

    const began = performance.now();
    daemon.signal('SIGTERM');
    const { code } = await daemon.exited;

    assert.equal(code, 0);
    const took = performance.now() - began;
    assert.ok(took > 250 && took < 15_000, `${took} ms, not the 30 s of the default`);
    await raw.closed();
  });
});

test('whoever reads the log no more does not keep the daemon from ending', async () => {
  const pipe = join(home.directory, 'log');
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  const log = openSync(pipe, constants.O_WRONLY);
  const page = Buffer.alloc(4096, '.');
  for (let full = false; !full;) {
    try { writeSync(reader, page); } catch (problem) { full = problem.code === 'EAGAIN'; if (!full) throw problem; }
  }
  const child = spawn(daemonBinary, ['--config', home.config, '--data-dir', home.data, '--port', '0'], {
    stdio: ['ignore', 'pipe', log], env: { PATH: process.env.PATH, HOME: home.directory, ...sanitizerOptions() } });
  try {
    child.stderr = child.stdout;  // nothing else is heard
    await firstLine(child, (line) => line.startsWith('Dashboard:'), 'the daemon');
    assert.equal(await stop(child), 0);
  } finally {
    child.kill('SIGKILL');
    closeSync(reader);
    closeSync(log);
  }
});

describe('reload', () => {
  test('SIGHUP imports the key of an endpoint that is new in the file', async () => {
    const custom = [{ name: 'late', base_url: `${simulator.url}/groq/openai/v1`, models: ['openai/gpt-oss-20b'], api_key_env: 'LATE_KEY' }];
    const daemon = await home.start({ environment: { LATE_KEY: 'sim-groq-late' } });
    home.configure(simulator, { keys: { groq: 'sim-groq-0001' }, custom });

    daemon.signal('SIGHUP');
    await daemon.logged('the import', (line) => /imported provider key platform=late variable=LATE_KEY/.test(line));
    await eventually('the endpoint', async () => (await complete(daemon, { model: 'late/openai/gpt-oss-20b' })).status === 200);

    assert.deepEqual([...new Set((await simulator.chats()).map((entry) => entry.key_tail))], ['late']);
    await daemon.stop();
  });

  test('SIGHUP takes a good configuration, refuses a bad one whole, and drops no request', async () => {
    const daemon = await home.start();
    const good = readFileSync(home.config, 'utf8');

    writeFileSync(home.config, `${good}\n[aliases]\n"my-model" = "auto"\n`);
    daemon.signal('SIGHUP');
    await daemon.logged('the reload', (line) => line.includes('configuration reloaded'));
    assert.equal((await complete(daemon, { model: 'my-model' })).status, 200);

    writeFileSync(home.config, good.replace('[routing]', '[routing]\nmax_atempts = 1'));
    daemon.signal('SIGHUP');
    await daemon.logged('the refusal', (line) => line.includes('reload refused') && line.includes('max_attempts'));
    assert.equal((await complete(daemon, { model: 'my-model' })).status, 200, 'the old one stays');
    assert.equal(await daemon.stop(), 0);
  });
});

describe('keys', () => {
  const idOf = (result) => result.out.match(/Key (\d+)/)[1];

  test('are added, listed masked, tested and removed beside a stopped daemon', async () => {
    home.configure(simulator);
    home.configure(simulator, { keys: { groq: '' } });
    const added = await home.run(['keys', 'add', 'groq', '--label', 'mine'], { input: 'sim-groq-secret-7788\n' });
    assert.equal(added.code, 0, added.err);

    const listed = await home.run(['keys', 'list']);
    assert.match(listed.out, /groq.*mine/);
    assert.ok(!listed.out.includes('sim-groq-secret-7788'));
    const tested = await home.run(['keys', 'test', idOf(added)]);
    assert.equal(tested.code, 0, tested.err);
    assert.match(tested.out, /valid/);
    const removed = await home.run(['keys', 'remove', idOf(added)]);
    assert.equal(removed.code, 0);
    assert.match((await home.run(['keys', 'list'])).out, /No provider keys/);
    assert.notEqual((await home.run(['keys', 'remove', '4711'])).code, 0);
  });

  test('a command that only looks makes no database and names the directory', async () => {
    rmSync(home.data, { recursive: true });

    const listed = await home.run(['keys', 'list']);
    assert.equal(listed.code, 0, listed.err);
    assert.ok(listed.out.includes(home.data) && /--data-dir or FREELLMAPI_DATA_DIR/.test(listed.out), listed.out);
    for (const command of ['remove', 'test']) {
      const refused = await home.run(['keys', command, '1']);
      assert.equal(refused.code, 2);
      assert.match(refused.err, /there is no database in /);
    }
    assert.ok(!existsSync(home.data));

    const added = await home.run(['keys', 'add', 'groq'], { input: 'sim-groq-0001\n' });
    assert.equal(added.code, 0, added.err);
    assert.ok(added.out.includes(`A new database was made for it in ${home.data}`), added.out);
    assert.ok(!(await home.run(['keys', 'add', 'groq'], { input: 'sim-groq-0002\n' })).out.includes('new database'));
  });

  test('a key the platform refuses tests as invalid', async () => {
    home.configure(simulator, { keys: { groq: '' } });
    const added = await home.run(['keys', 'add', 'groq'], { input: 'bad-key-1\n' });
    const tested = await home.run(['keys', 'test', idOf(added)]);
    assert.equal(tested.code, 1);
    assert.match(tested.out, /invalid/);
  });

  test('a key that could not be asked about is said to be unreached, and a strange form is noticed', async () => {
    home.configure(simulator, { keys: { groq: '' } });
    const added = await home.run(['keys', 'add', 'Groq'], { input: 'not-of-that-form\n' });
    assert.equal(added.code, 0, added.err);
    assert.match(added.err, /does not look like a key of Groq \(gsk_/);
    assert.match(added.out, /freellmapi keys test \d+/);
    writeFileSync(home.config, '[platforms.groq]\nbase_url = "http://127.0.0.1:1/v1"\n');
    const tested = await home.run(['keys', 'test', idOf(added)]);
    assert.match(tested.out, /cannot be reached: /);
    assert.match((await home.run(['keys', 'list'])).out, /not checked +\(cannot be reached: /);
    assert.equal((await home.run(['keys', 'remove', idOf(added)])).code, 0);
  });

  test('a mistyped command line names the nearest', async () => {
    for (const [words, pattern] of [
      ['key list', /^freellmapi: unknown command "key"; did you mean "keys"\?/], ['keys ad groq', /"keys ad"; did you mean "keys add"\?/],
      ['--prot 3000', /unknown option --prot; did you mean --port\?/], ['api-key', /api-key needs a subcommand: show or rotate/],
      ['keys test abc', /ID must be a number, not "?abc/], ['keys list more', /^freellmapi: .*more/],
    ]) {
      const done = await home.run(words.split(' '));
      assert.equal(done.code, 2, words);
      assert.match(done.err, pattern);
    }
  });

  test('nonsense is refused', async () => {
    assert.equal((await home.run(['keys', 'add', 'grok'], { input: 'x\n' })).code, 2);
    assert.notEqual((await home.run(['keys', 'add', 'groq'], { input: '\n' })).code, 0, 'an empty key');
    assert.notEqual((await home.run(['keys', 'add', 'groq'], { input: 'a\x01b\r\nX: y\n' })).code, 0, 'a key that would break a header');
  });

  test('a running daemon uses a new key on the next request and forgets a removed one', async () => {
    home.configure(simulator, { keys: { groq: '' } });
    const daemon = await home.start();
    const before = await complete(daemon);
    assert.equal(before.status, 503);
    assert.equal((await before.json()).error.code, 'no_providers_configured');

    const added = await home.run(['keys', 'add', 'groq'], { input: 'sim-groq-live-0001\n' });
    assert.match(added.out, /running daemon/);
    await daemon.logged('the reload', (line) => line.includes('configuration reloaded'));
    assert.equal((await complete(daemon)).status, 200);

    await home.run(['keys', 'remove', idOf(added)]);
    await eventually('the key to be gone', async () => (await complete(daemon)).status === 503);
    assert.equal(await daemon.stop(), 0);
  });
});

describe('api-key', () => {
  const environment = { FREELLMAPI_API_KEY: '' };

  test('is made once, shown, and rotated under a running daemon', async () => {
    const daemon = await home.start({ environment });
    const shown = await home.run(['api-key', 'show'], { environment });
    const key = shown.out.trim();
    assert.match(key, /^freellmapi-[0-9a-f]{48}$/);
    const ask = async (bearer) => {
      const answer = await fetch(`${daemon.url}/v1/models`, { headers: { authorization: `Bearer ${bearer}` } });
      await answer.arrayBuffer();
      return answer.status;
    };
    assert.equal(await ask(key), 200);

    const rotated = (await home.run(['api-key', 'rotate'], { environment })).out.match(/freellmapi-[0-9a-f]{48}/)[0];

    assert.notEqual(rotated, key);
    await eventually('the new key', async () => await ask(rotated) === 200);
    // Each worker takes the change on its own; this may be another connection.
    await eventually('the end of the old key', async () => await ask(key) === 401);
    assert.ok(!daemon.log.join('\n').includes(rotated), 'no secret in the log');
    assert.equal(await daemon.stop(), 0);
    assert.equal((await home.run(['api-key', 'show'], { environment })).out.trim(), rotated);
  });
});

test('kill -9 twenty times while keys are added: every acknowledged key works', { timeout: 300_000 }, async () => {
  await home.remove();
  home = new Home(simulator, { inMemory: true, keys: { groq: '' } });
  let seed = 20_261_123;
  const random = () => {  // xorshift32, so that a failure can be run again
    seed ^= seed << 13; seed >>>= 0;
    seed ^= seed >>> 17;
    seed ^= seed << 5; seed >>>= 0;
    return seed / 2 ** 32;
  };
  const acknowledged = [];
  for (let round = 0; round < 20; ++round) {
    const daemon = await home.start();
    const secret = `sim-groq-round-${String(round).padStart(4, '0')}`;
    const adding = home.run(['keys', 'add', 'groq', '--label', `round ${round}`], { input: `${secret}\n` });
    const traffic = complete(daemon).then((answer) => answer.arrayBuffer(), () => {});
    // Killed at a seeded point: before, amid or after the command's work.
    const pause = random() * 60;
    await Promise.race([adding, new Promise((next) => setTimeout(next, pause))]);
    daemon.signal('SIGKILL');
    const [added] = await Promise.all([adding, traffic, daemon.exited]);
    if (added.code === 0) acknowledged.push(round);
  }
  assert.ok(acknowledged.length >= 10, `only ${acknowledged.length} commands succeeded`);

  const listed = await home.run(['keys', 'list']);
  assert.equal(listed.code, 0, listed.err);
  for (const round of acknowledged) assert.match(listed.out, new RegExp(`round ${round}\\b`));
  assert.ok(!listed.out.includes('cannot be decrypted'));

  // Each of them serves: the platform takes one request per key, so that routing has to use them all.
  await simulator.reset();
  await simulator.limit({ platform: 'groq', rpm: 1, pool: 'key' });
  const daemon = await home.start();
  for (let i = 0; i < acknowledged.length; ++i) assert.equal((await complete(daemon)).status, 200);
  const served = (await simulator.chats({ platform: 'groq' })).filter((entry) => entry.status === 200);
  const seen = new Set(served.map((entry) => entry.key_tail));
  assert.ok(seen.size >= acknowledged.length, `${seen.size} of ${acknowledged.length} keys served`);
  assert.equal(await daemon.stop(), 0);
});
