// A disk without room under a running daemon: requests are served, changes are refused in clear words, and
// nothing is damaged. A limit on the size of files stands in for the full disk, so that no mount is needed.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Simulator } from '../sdk/harness.mjs';
import { Home, adminToken, complete } from './support.mjs';

let simulator, home;
before(async () => { simulator = await Simulator.start(); });
after(async () => {
  await home?.remove();
  await simulator?.stop();
});

test('a full disk: serving goes on, changes are refused, all is well afterwards', async () => {
  // An endpoint of one's own has no quota that would run out.
  const local = { name: 'local', base_url: `${simulator.url}/groq/openai/v1`, models: ['llama-3.1-8b-instant'], api_key_env: 'LOCAL_KEY' };
  home = new Home(simulator, { keys: {}, custom: [local] });
  home.environment = { LOCAL_KEY: 'sim-groq-0001' };
  await (await home.start()).stop();
  const room = statSync(join(home.data, 'freellmapi.db')).size + 16_384;
  const daemon = await home.start({ prefix: ['prlimit', `--fsize=${room}`, '--'] });
  const serves = async () => {
    const answer = await complete(daemon);
    await answer.text();
    assert.equal(answer.status, 200);
  };

  const isFull = () => daemon.log.find((line) => line.includes('request log not written'));
  for (let i = 0; i < 3000 && !isFull(); ++i) await serves();

  assert.match(isFull() ?? 'it never became full', /disk is full|failed to (read or )?write/);
  // A change is smaller than a batch of log rows: a few may find room yet.
  let told = '';
  for (let i = 0; i < 100 && !told.includes('cannot be written'); ++i) {
    const answer = await daemon.fetch('/api/keys', {
      method: 'POST', headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ keys: [{ platform: 'groq', secret: `sim-groq-full-${i}-0123456789` }] }),
    });
    told = await answer.text();
    assert.ok(!told.includes(`sim-groq-full-${i}`));
  }
  assert.match(told, /The database cannot be written/);
  for (let i = 0; i < 20; ++i) await serves();
  const times = (words) => daemon.log.filter((line) => line.includes(words)).length;
  assert.ok(times('request log not written') <= times('request log is written again') + 1, 'told once per change, not per batch');
  assert.equal(await daemon.stop(), 0);

  const restarted = await home.start({ prefix: ['prlimit', `--fsize=${room}`, '--'] });
  const served = await complete(restarted);
  assert.equal(served.status, 200, await served.text());
  assert.equal(await restarted.stop(), 0);

  const file = join(home.directory, 'copy.db');
  for (const args of [['backup', file], ['restore', file]]) {  // restore checks every page
    const done = await home.run(args);
    assert.equal(done.code, 0, done.err);
  }
  const again = await home.start();
  const answer = await complete(again);
  assert.equal(answer.status, 200);
  assert.equal(await again.stop(), 0);
});
