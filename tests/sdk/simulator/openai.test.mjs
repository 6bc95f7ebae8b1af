// The official openai package against the simulator: chat, stream, usage, tools, image, schema, errors.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import OpenAI from 'openai';
import { pixel, quickest, Simulator, weatherTool } from '../harness.mjs';

describe('openai', () => {
  let simulator, client;
  before(async () => {
    simulator = await Simulator.start();
    client = new OpenAI({ apiKey: 'key', baseURL: `${simulator.url}/openai/v1`, maxRetries: 0 });
  });
  after(() => simulator.stop());
  beforeEach(() => simulator.reset());

  const ask = (content, more = {}) =>
    client.chat.completions.create({ model: 'gpt-sim', messages: [{ role: 'user', content }], ...more });

  test('answers a question and counts its tokens', async () => {
    const answer = await ask('Good morning');

    assert.match(answer.choices[0].message.content, /gpt-sim .*Good morning/);
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  });

  test('streams the same answer in many chunks, with usage in an own chunk when asked', async () => {
    const whole = await ask('Good morning');

    const chunks = [];
    for await (const chunk of await ask('Good morning', { stream: true, stream_options: { include_usage: true } }))
      chunks.push(chunk);

    assert.equal(chunks.map((c) => c.choices[0]?.delta.content ?? '').join(''), whole.choices[0].message.content);
    assert.ok(chunks.length > 5);
    assert.deepEqual(chunks.at(-1).choices, []);
    assert.deepEqual(chunks.at(-1).usage, whole.usage);
  });

  test('calls a tool the prompt speaks of, and answers with its result', async () => {
    const question = { role: 'user', content: 'What is the weather in Lima?' };
    const first = await client.chat.completions.create({ model: 'gpt-sim', messages: [question], tools: [weatherTool] });
    const [call] = first.choices[0].message.tool_calls;
    assert.equal(first.choices[0].finish_reason, 'tool_calls');
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Lima' });

    const second = await client.chat.completions.create({
      model: 'gpt-sim',
      tools: [weatherTool],
      messages: [question, first.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '23 degrees' }],
    });

    assert.match(second.choices[0].message.content, /23 degrees/);
  });

  test('streams two parallel calls that the SDK puts together', async () => {
    const stream = client.chat.completions.stream({
      model: 'gpt-sim',
      tools: [weatherTool],
      messages: [{ role: 'user', content: 'Weather in Lima and Oslo, both please' }],
    });

    const { tool_calls: calls } = (await stream.finalChatCompletion()).choices[0].message;

    assert.deepEqual(calls.map((call) => JSON.parse(call.function.arguments).city), ['Lima', 'Oslo']);
    assert.notEqual(calls[0].id, calls[1].id);
  });

  test('looks at an image', async () => {
    const answer = await ask([
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
    ]);

    assert.match(answer.choices[0].message.content, /image\/png, 70 bytes/);
  });

  test('answers a JSON schema with an instance of it', async () => {
    const schema = {
      type: 'object',
      properties: { colour: { enum: ['red', 'green'] }, count: { type: 'integer', minimum: 3 } },
      required: ['colour', 'count'],
    };

    const answer = await ask('Something green', { response_format: { type: 'json_schema', json_schema: { name: 'thing', schema } } });

    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { colour: 'green', count: 3 });
  });

  test('stops at max_tokens', async () => {
    const answer = await ask('Write 400 words', { max_tokens: 10 });

    assert.equal(answer.choices[0].finish_reason, 'length');
    assert.equal(answer.usage.completion_tokens, 10);
  });

  test('refuses a bad key', async () => {
    const stranger = new OpenAI({ apiKey: 'bad-key', baseURL: `${simulator.url}/openai/v1`, maxRetries: 0 });

    await assert.rejects(stranger.models.list(), OpenAI.AuthenticationError);
  });

  test('keeps a limit of requests, and counts those beyond it', async () => {
    await simulator.limit({ platform: 'openai', rpm: 2 });
    await ask('one');
    await ask('two');

    await assert.rejects(ask('three'), (error) => error instanceof OpenAI.RateLimitError && error.headers.get('retry-after') > 0);

    const { platforms } = await simulator.state();
    assert.equal(platforms.openai.overruns, 1);
    await simulator.advance(60_001);
    assert.ok(await ask('four'));
  });

  test('keeps a limit of concurrent requests', async () => {
    await simulator.limit({ platform: 'openai', concurrency: 1 });
    await simulator.fault({ kind: 'stall_after_head', times: 1 });
    const patience = new AbortController();
    const held = ask('held', { stream: true }, { signal: patience.signal }).then((stream) => stream);
    await simulator.wait('received');

    await assert.rejects(ask('second'), OpenAI.RateLimitError);

    (await held).controller.abort();
    await simulator.wait('aborted');
    assert.ok(await ask('third'));
  });

  for (const [kind, error] of [
    ['close_before_head', OpenAI.APIConnectionError],
    ['reset_before_head', OpenAI.APIConnectionError],
    ['garbage', OpenAI.APIConnectionError],
    ['html', OpenAI.InternalServerError],
  ]) {
    test(`breaks once by ${kind}, then serves again`, async () => {
      await simulator.fault({ kind, times: 1 });

      await assert.rejects(ask('Hi'), error);

      assert.ok(await ask('Hi again'));
    });
  }

  for (const kind of ['cut_mid_stream', 'reset_mid_stream', 'cut_mid_utf8']) {
    test(`breaks a stream by ${kind}`, async () => {
      await simulator.fault({ kind });
      if (kind === 'cut_mid_utf8') await simulator.fault({ kind: 'text', text: 'ßßß' });

      const stream = await ask('Hi', { stream: true });

      await assert.rejects(async () => {
        for await (const chunk of stream) assert.ok(chunk);
      });
    });
  }

  test('reports an error inside a stream', async () => {
    await simulator.fault({ kind: 'sse_error', after_events: 3 });

    const stream = await ask('Hi', { stream: true });

    await assert.rejects(async () => {
      for await (const chunk of stream) assert.ok(chunk);
    }, OpenAI.APIError);
  });

  test('applies a fault to the n-th request only', async () => {
    await simulator.fault({ kind: 'status', status: 500, skip: 1, times: 1 });
    await ask('one');

    await assert.rejects(ask('two'), OpenAI.InternalServerError);

    assert.ok(await ask('three'));
  });

  test('throws dice that fall the same way for the same seed', async () => {
    const run = async () => {
      await simulator.reset();
      await simulator.fault({ kind: 'status', status: 503, probability: 0.5, seed: 42 });
      const results = [];
      for (let i = 0; i < 12; ++i) results.push(await ask('Hi').then(() => 1, () => 0));
      return results.join('');
    };

    const first = await run();

    assert.match(first, /1/);
    assert.match(first, /0/);
    assert.equal(await run(), first);
  });

  test('notices within 100 ms that the client has gone', async () => {
    const took = await quickest(100, async () => {
      await simulator.reset();
      await simulator.fault({ kind: 'stall_mid_stream', after_events: 2 });
      const stream = await ask('Hi', { stream: true });
      for await (const chunk of stream) if (chunk.choices[0].delta.content) break;
      const left = Date.now();
      stream.controller.abort();
      const [entry] = await simulator.wait('aborted');
      return entry.finished_ms - left;
    });

    assert.ok(took < 100, `${took} ms`);
  });

  test('logs requests without their secrets', async () => {
    await ask('Hi');

    const [entry] = await simulator.chats();

    assert.equal(entry.headers.authorization, '***');
    assert.equal(entry.body.messages[0].content, 'Hi');
  });

  test('survives an answer dripping in byte by byte', async () => {
    await simulator.fault({ kind: 'split', chunk_bytes: 1 });

    const answer = await ask('Hi');

    assert.match(answer.choices[0].message.content, /Hi/);
  });
});
