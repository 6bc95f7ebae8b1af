// What the daemon knows about platforms besides usage comes back after a restart: cooldowns, learned limits,
// penalties, and which of a platform's hosts takes a key.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Simulator } from '../sdk/harness.mjs';
import { catalog } from './article-run.mjs';
import { Home, adminToken, complete, eventually } from './support.mjs';

let simulator;

before(async () => { simulator = await Simulator.start(); });
after(() => simulator?.stop());

async function owner(daemon, method, path, body) {
  const answer = await fetch(daemon.url + path, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const json = await answer.json();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
  return json;
}

const quotas = (daemon) => owner(daemon, 'GET', '/api/quotas');

/** kill -9, once what was journalled before is on disk: rows are written 100 ms after they were made, at most, and a
 *  change through the admin API waits behind them. */
async function kill(daemon) {
  const { routing } = await owner(daemon, 'GET', '/api/settings').then((view) => view.values ?? view);
  await owner(daemon, 'PATCH', '/api/settings', { routing: { max_attempts: routing.max_attempts === 20 ? 19 : 20 } });
  daemon.signal('SIGKILL');
  await daemon.exited;
}

test('cooldowns, penalties and learned limits outlive kill -9, and what was cleared stays cleared', async () => {
  await simulator.reset();
  const home = new Home(simulator, { keys: { groq: 'sim-groq-0001', mistral: 'sim-mistral-0001' } });
  try {
    let daemon = await home.start();
    const models = await owner(daemon, 'GET', '/api/models?platform=groq');
    const { upstream_id: id } = models.data.find((row) => row.enabled);
    await simulator.limit({ platform: 'groq', rpd: 7 });
    assert.equal((await complete(daemon, { model: `groq/${id}` })).status, 200);
    await simulator.fault({ kind: 'status', platform: 'groq', status: 429, headers: { 'retry-after': '3600' }, times: 1 });
    assert.equal((await complete(daemon, { model: `groq/${id}` })).status, 429);
    const told = await quotas(daemon);
    assert.equal(told.cooldowns.length, 1);
    assert.equal(told.cooldowns[0].stated_by, 'provider');
    assert.equal(told.penalties.length, 1);
    assert.ok(told.learned_limits.length > 0, 'the headers named a limit');
    await kill(daemon);

    daemon = await home.start();
    const known = await quotas(daemon);
    assert.deepEqual(known.cooldowns, told.cooldowns, 'neither longer nor shorter than stated');
    assert.deepEqual(known.learned_limits, told.learned_limits);
    assert.deepEqual(known.penalties.map((row) => row.points ?? row.penalty), told.penalties.map((row) => row.points ?? row.penalty));
    assert.equal((await complete(daemon, { model: `groq/${id}` })).status, 429);
    for (const what of ['cooldown_and_penalty', 'learned_limit']) {
      await owner(daemon, 'POST', '/api/quotas/clear', { what, platform: 'groq' });
    }
    await kill(daemon);

    daemon = await home.start();
    const cleared = await quotas(daemon);
    assert.deepEqual(cleared.cooldowns, []);
    assert.deepEqual(cleared.penalties, []);
    assert.deepEqual(cleared.learned_limits, []);
    assert.equal((await complete(daemon, { model: `groq/${id}` })).status, 200);
  } finally {
    await home.remove();
  }
});

/** Zhipu with its two consoles, which do not know each other's keys. */
function zhipuCatalog() {
  const whole = catalog();
  const platform = {
    ...whole.platforms.find(({ slug }) => slug === 'zhipu'),
    base_url: `${simulator.url}/zhipu-cn/api/paas/v4`,
    alternate_base_urls: [`${simulator.url}/zhipu/api/paas/v4`],
  };
  return { ...whole, platforms: [platform], models: whole.models.filter((model) => model.platform === 'zhipu') };
}

test('a key of the second host is used there, found out by the request itself and remembered', async () => {
  await simulator.reset();
  const home = new Home(simulator);
  writeFileSync(home.config, '[routing]\nkeyless = false\n');
  writeFileSync(join(home.data, 'catalog.json'), JSON.stringify(zhipuCatalog()));
  try {
    let daemon = await home.start({ environment: { ZHIPU_API_KEY: 'intl-zhipu-0001' } });
    const first = await complete(daemon);
    assert.equal(first.status, 200);
    assert.equal(first.headers.get('x-fallback-attempts'), '0', 'another host of the same platform is the same attempt');
    assert.equal((await complete(daemon)).status, 200);
    assert.deepEqual((await simulator.chats()).map(({ platform, status }) => [platform, status]),
      [['zhipu-cn', 401], ['zhipu', 200], ['zhipu', 200]]);
    await kill(daemon);

    daemon = await home.start();
    assert.equal((await complete(daemon)).status, 200);
    assert.equal((await simulator.chats()).filter(({ platform }) => platform === 'zhipu-cn').length, 1, 'asked once in its life');
  } finally {
    await home.remove();
  }
});

test('a key check remembers the host that took the key', async () => {
  await simulator.reset();
  const home = new Home(simulator);
  writeFileSync(home.config, '[routing]\nkeyless = false\n');
  writeFileSync(join(home.data, 'catalog.json'), JSON.stringify(zhipuCatalog()));
  try {
    const daemon = await home.start({ environment: { ZHIPU_API_KEY: 'intl-zhipu-0001' } });
    const { data: [key] } = await owner(daemon, 'GET', '/api/keys');
    await owner(daemon, 'POST', `/api/keys/${key.id}/test`);
    await eventually('the verdict', async () => (await owner(daemon, 'GET', '/api/keys')).data[0].status === 'valid'
      || (await owner(daemon, 'GET', '/api/keys')).data[0].state === 'valid');
    assert.equal((await complete(daemon)).status, 200);
    assert.deepEqual((await simulator.chats()).map(({ platform }) => platform), ['zhipu']);
  } finally {
    await home.remove();
  }
});

test('the notice about platforms without a key is told, and one setting ends both', async () => {
  await simulator.reset();
  const home = new Home(simulator, { sections: { routing: { max_attempts: 20 } } });
  try {
    const config = readFileSync(home.config, 'utf8').replaceAll(/enabled = \w+/g, 'enabled = true');
    writeFileSync(home.config, config);
    const daemon = await home.start();
    assert.match((await complete(daemon)).headers.get('x-routed-via'), /^(llm7|kilo)\//);
    const { keyless } = await owner(daemon, 'GET', '/api/about');
    assert.equal(keyless.enabled, true);
    assert.deepEqual(keyless.platforms.map(({ slug }) => slug).sort(), ['kilo', 'llm7']);
    assert.match(keyless.notice, /without a key.*routing\.keyless/);
    await daemon.logged('the same in the log', (line) => line.includes('platforms used without a key'));

    await owner(daemon, 'PATCH', '/api/settings', { routing: { keyless: false } });
    assert.equal((await complete(daemon)).status, 503);
    const ended = (await owner(daemon, 'GET', '/api/about')).keyless;
    assert.deepEqual([ended.enabled, ended.platforms, ended.notice], [false, [], '']);
  } finally {
    await home.remove();
  }
});
