// A sixteenth platform without C++: the example of docs/adding-a-provider.md, run as it stands there.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Simulator, repository } from '../sdk/harness.mjs';
import { Home, complete } from './support.mjs';

let simulator, home;

/** The file of the example, with Nova at the simulator's plain OpenAI endpoint. */
function example() {
  const page = readFileSync(join(repository, 'docs/adding-a-provider.md'), 'utf8');
  const [, text] = page.match(/```json\n([\s\S]*?)```/);
  return text.replace('https://api.nova.example/v1', `${simulator.url}/openai/v1`);
}

const store = (text) => writeFileSync(join(home.data, 'catalog.json'), text);

before(async () => {
  simulator = await Simulator.start();
  home = new Home(simulator);
  store(example());
});
after(async () => {
  await home?.remove();
  await simulator?.stop();
});

test('check-config accepts the example and adds it to what is built in', async () => {
  const { code, out, err } = await home.run(['check-config']);

  assert.equal(code, 0, err);
  assert.match(out, /16 platforms/);
});

test('a mistake in a quirk row is named with its place', async () => {
  const file = JSON.parse(example());
  const wrong = async (change) => {
    const copy = structuredClone(file);
    change(copy);
    store(JSON.stringify(copy));
    const { code, err } = await home.run(['check-config']);
    assert.equal(code, 2);
    return err;
  };
  try {
    assert.match(await wrong(({ quirks }) => { quirks.nova.params[1].dorp = true; }),
      /catalog\.json: catalog: \/quirks\/nova\/params\/1: unknown member "dorp"/);
    assert.match(await wrong(({ quirks }) => { delete quirks.nova.params[0].why; }), /\/quirks\/nova\/params\/0: .*"why"/);
    assert.match(await wrong(({ quirks }) => { quirks.nova.errors[0].class = 'tired'; }), /\/quirks\/nova\/errors\/0: class "tired"/);
    assert.match(await wrong(({ quirks }) => { quirks.nova.headers = { 'X-Evil': 'a\r\nb' }; }), /\/quirks\/nova: headers/);
    assert.match(await wrong(({ quirks }) => { quirks.common = {}; }), /\/quirks\/common: /);
    assert.match(await wrong(({ platforms }) => { platforms[0].quirks = 'nebula'; }), /platform "nova": quirks: no set is named "nebula"/);
    assert.match(await wrong(({ models }) => { models[0].platform = 'nowa'; }), /\/models\/0\/platform: no platform has the slug "nowa"/);
    assert.match(await wrong((whole) => { whole.extends = 'nothing'; }), /\/extends: must be "built-in"/);
  } finally {
    store(example());
  }
});

test('the platform is served with its quirks, and the file can change while the daemon runs', async () => {
  const added = await home.run(['keys', 'add', 'nova'], { input: 'nv_0001\n' });
  assert.equal(added.code, 0, added.err);
  const daemon = await home.start();
  try {
    const answer = await complete(daemon, { model: 'nova/nova-large', max_tokens: 40, top_k: 5, temperature: 0.5 });
    assert.equal(answer.status, 200, await answer.text());
    assert.equal(answer.headers.get('x-routed-via'), 'nova/nova-large');
    const [seen] = await simulator.chats();
    assert.equal(seen.body.max_completion_tokens, 40);
    assert.equal('max_tokens' in seen.body, false);
    assert.equal('top_k' in seen.body, false);
    assert.equal(seen.body.temperature, 0.5);
    assert.equal(seen.headers['x-client-name'], 'freellmapi');

    // "auto" finds it, too: no other platform has a key.
    assert.equal((await complete(daemon)).headers.get('x-routed-via'), 'nova/nova-large');

    await simulator.fault({ kind: 'status', platform: 'openai', status: 418, times: 1 });
    const busy = await complete(daemon, { model: 'nova/nova-large' });
    const told = await busy.json();
    assert.equal(busy.status, 429, JSON.stringify(told));
    assert.match(busy.headers.get('x-fallback-trail'), /nova\/nova-large=provider_busy/);

    const changed = JSON.parse(example());
    changed.quirks.nova.headers['X-Client-Name'] = 'someone else';
    store(JSON.stringify(changed));
    daemon.signal('SIGHUP');
    await daemon.logged('the reload', (line) => line.includes('configuration reloaded'));
    await complete(daemon, { model: 'nova/nova-large' });
    assert.equal((await simulator.chats()).at(-1).headers['x-client-name'], 'someone else');

    store('{"extends": "built-in", "version": "x", "quirks": {"nova": {"params": 7}}}');
    daemon.signal('SIGHUP');
    await daemon.logged('the refusal', (line) => line.includes('reload refused') && line.includes('/quirks/nova'));
    assert.equal((await complete(daemon, { model: 'nova/nova-large' })).status, 200, 'the old file stays in force');
  } finally {
    await daemon.stop();
  }
});
