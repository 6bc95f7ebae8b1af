// Failures of one provider that the client never sees, and what the headers say about them.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import OpenAI from 'openai';
import { Daemon, keyFor, Simulator, weatherTool } from '../harness.mjs';
import { modelOf, sharedModel } from './models.mjs';

describe('failover', () => {
  let simulator, daemon, client;
  before(async () => { simulator = await Simulator.start(); });
  after(() => simulator?.stop());
  beforeEach(() => simulator.reset());
  afterEach(async () => {
    await daemon?.stop();
    daemon = undefined;
  });

  async function start(options) {
    daemon = await Daemon.start(simulator, options);
    client = new OpenAI({ apiKey: daemon.apiKey, baseURL: daemon.baseURL, maxRetries: 0 });
  }

  const ask = (model, more = {}) =>
    client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Good morning' }], ...more });

  const shared = sharedModel(['groq', 'cerebras', 'openrouter', 'nvidia', 'sambanova', 'ollama'], 'tools');
  const sharedKeys = () => Object.fromEntries(shared.platforms.map((name) => [name, keyFor(name)]));

  for (const fault of [
    { kind: 'status', status: 500 },
    { kind: 'error', reason: 'overloaded' },
    { kind: 'rate_limit', metric: 'rpm' },
    { kind: 'rate_limit', metric: 'tpd' },
    { kind: 'error', reason: 'no_credit' },
    { kind: 'error', reason: 'model_gone' },
    { kind: 'html', status: 403 },
    { kind: 'error_in_200' },
    { kind: 'close_before_head' },
    { kind: 'reset_before_head' },
    { kind: 'reset_after_head' },
    { kind: 'truncated_body' },
    { kind: 'garbage' },
    { kind: 'huge_header', bytes: 200_000 },
    { kind: 'empty_answer' },
  ]) {
    for (const stream of [false, true]) {
      if (stream && fault.kind === 'truncated_body') continue;
      const { kind, ...rest } = fault;
      test(`${kind} ${JSON.stringify(rest)} on the first platform stays unseen (stream: ${stream})`, async () => {
        await start({ keys: sharedKeys() });
        await simulator.fault({ ...fault, times: 1 });

        const { data, response } = await ask(shared.name, { stream }).withResponse();
        let text = '';
        if (stream) for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? '';
        else text = data.choices[0].message.content;

        assert.match(text, /Good morning/);
        assert.equal(response.headers.get('x-fallback-attempts'), '1');
        assert.match(response.headers.get('x-fallback-trail'), /^[a-z]+\/\S+=\w+/);
        const [first, second] = await simulator.chats();
        assert.notEqual(first.platform, second.platform);
        assert.ok(response.headers.get('x-routed-via').startsWith(`${second.platform}/`));
      });
    }
  }

  test('an error before the first word of a stream stays unseen', async () => {
    await start({ keys: sharedKeys() });
    await simulator.fault({ kind: 'sse_error', after_events: 1, times: 1 });

    const { data, response } = await ask(shared.name, { stream: true }).withResponse();
    let text = '';
    for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? '';

    assert.match(text, /Good morning/);
    assert.equal(response.headers.get('x-fallback-attempts'), '1');
  });

  test('a connection refused stays unseen', async () => {
    const port = await simulator.port('refuse');
    const [first] = shared.platforms;
    await start({ keys: sharedKeys(), baseUrls: { [first]: `http://127.0.0.1:${port}/v1` } });

    const { data, response } = await ask(shared.name).withResponse();

    assert.match(data.choices[0].message.content, /Good morning/);
    assert.ok(!response.headers.get('x-routed-via').startsWith(`${first}/`));
  });

  test('a bad key tries its sibling, and is the only one marked', async () => {
    await start({ keys: { groq: ['bad-groq-key', keyFor('groq', '0002')] } });

    const answers = [];
    for (let i = 0; i < 2; ++i) answers.push((await ask(`groq/${modelOf('groq')}`).withResponse()).response);

    assert.ok(answers.every((response) => response.status === 200));
    const keys = (await simulator.chats()).map((entry) => entry.key_tail);
    assert.equal(keys.filter((tail) => tail === '-key').length, 1, keys.join());
    assert.equal(keys.filter((tail) => tail === '0002').length, 2, keys.join());
  });

  test('the rate limit of one key goes to the next key', async () => {
    await start({ keys: { groq: [keyFor('groq', '0001'), keyFor('groq', '0002')] } });
    await simulator.fault({ kind: 'rate_limit', metric: 'rpm', times: 1 });

    const { response } = await ask(`groq/${modelOf('groq')}`).withResponse();

    assert.equal(response.headers.get('x-fallback-attempts'), '1');
    assert.equal(new Set((await simulator.chats()).map((entry) => entry.key_tail)).size, 2);
  });

  test('the books are true: a burst on one key makes no overrun', async () => {
    await start({ keys: { groq: keyFor('groq') } });
    // The published figure is what the daemon counts by; the simulator holds it to that.
    await simulator.limit({ platform: 'groq', rpm: 30 });

    await Promise.allSettled(Array.from({ length: 45 }, () => ask(`groq/${modelOf('groq')}`)));

    assert.equal((await simulator.state()).platforms.groq.overruns, 0);
  });

  test('a tool conversation that begins on Gemini stays legal on every other wire, and back', async () => {
    const names = ['google', 'groq', 'mistral', 'cohere', 'google'];
    // Mistral's free plan takes one request a second: the daemon may wait for it.
    const sections = { routing: { keyless: false, max_wait: '10s' } };
    await start({ keys: Object.fromEntries(names.map((name) => [name, keyFor(name)])), sections });
    const messages = [{ role: 'user', content: 'What is the weather in Lima?' }];

    for (const name of names) {
      const model = `${name}/${modelOf(name, 'tools')}`;
      const call = await client.chat.completions.create({ model, messages, tools: [weatherTool], tool_choice: 'auto' });
      const { message } = call.choices[0];
      assert.equal(message.tool_calls?.length, 1, name);
      messages.push(message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: `12 degrees says ${name}` });
      const said = await client.chat.completions.create({ model, messages, tools: [weatherTool] });
      assert.match(said.choices[0].message.content, new RegExp(`12 degrees says ${name}`));
      messages.push(said.choices[0].message, { role: 'user', content: 'And the weather in Oslo?' });
    }

    const { platforms } = await simulator.state();
    for (const name of names) assert.equal(platforms[name].invalid, 0, name);
  });
});
