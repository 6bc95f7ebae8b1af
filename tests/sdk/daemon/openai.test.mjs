// The official openai package, unmodified, through the daemon to the simulator.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import OpenAI from 'openai';
import { Daemon, keyFor, pixel, quickest, Simulator, weatherTool } from '../harness.mjs';
import { modelOf } from './models.mjs';

describe('openai package through the daemon', () => {
  const model = `groq/${modelOf('groq', 'tools')}`;
  let simulator, daemon, client;

  before(async () => {
    simulator = await Simulator.start();
    daemon = await Daemon.start(simulator, { keys: { groq: keyFor('groq'), google: keyFor('google') } });
    client = new OpenAI({ apiKey: daemon.apiKey, baseURL: daemon.baseURL, maxRetries: 0 });
  });
  after(async () => {
    await daemon?.stop();
    await simulator?.stop();
  });
  beforeEach(() => simulator.reset());

  const ask = (content, more = {}, options = undefined) =>
    client.chat.completions.create({ model, messages: [{ role: 'user', content }], ...more }, options);

  test('completes, and says who served', async () => {
    const { data, response } = await ask('Good morning').withResponse();

    assert.match(data.choices[0].message.content, /Good morning/);
    assert.equal(data.object, 'chat.completion');
    assert.equal(data.choices[0].finish_reason, 'stop');
    assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens);
    assert.equal(response.headers.get('x-routed-via'), model);
    assert.equal(response.headers.get('x-fallback-attempts'), '0');
    assert.ok(response.headers.get('x-request-id'));
    assert.deepEqual(data._routed_via, { platform: 'groq', model: modelOf('groq', 'tools') });
  });

  test('echoes a well-formed request id', async () => {
    const { response } = await ask('Hi', {}, { headers: { 'X-Request-Id': 'test-1234' } }).withResponse();

    assert.equal(response.headers.get('x-request-id'), 'test-1234');
  });

  test('streams as OpenAI does: role once, one id, one finish, no usage unasked', async () => {
    const chunks = [];
    for await (const chunk of await ask('Good morning', { stream: true })) chunks.push(chunk);

    const deltas = chunks.map((chunk) => chunk.choices[0].delta);
    assert.match(deltas.map((delta) => delta.content ?? '').join(''), /Good morning/);
    assert.equal(deltas.filter((delta) => delta.role).length, 1);
    assert.equal(deltas[0].role, 'assistant');
    assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1);
    assert.equal(new Set(chunks.map((chunk) => chunk.created)).size, 1);
    assert.deepEqual(chunks.map((chunk) => chunk.choices[0].finish_reason).filter(Boolean), ['stop']);
    assert.ok(chunks.every((chunk) => !chunk.usage));
  });

  test('names the route before the first byte of a stream', async () => {
    const { response } = await ask('Hi', { stream: true }).withResponse();

    assert.equal(response.headers.get('x-routed-via'), model);
    assert.match(response.headers.get('content-type'), /^text\/event-stream/);
    await response.body.cancel();
  });

  test('sends usage in one last chunk when asked', async () => {
    const chunks = [];
    for await (const chunk of await ask('Good morning', { stream: true, stream_options: { include_usage: true } }))
      chunks.push(chunk);

    assert.deepEqual(chunks.at(-1).choices, []);
    assert.ok(chunks.at(-1).usage.completion_tokens > 0);
    assert.equal(chunks.filter((chunk) => chunk.usage).length, 1);
  });

  test('passes the stream on as it comes', async () => {
    await simulator.fault({ kind: 'stall_mid_stream', after_events: 6 });
    const stream = await ask('Good morning to you', { stream: true });

    let text = '';
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.reasoning_content ?? '';
      text += chunk.choices[0]?.delta.content ?? '';
      if (text) break; // The upstream is silent for good now: these words did not wait for more.
    }

    assert.ok(text.length > 0);
  });

  test('keeps reasoning apart from the answer', async () => {
    const { choices: [{ message }] } = await ask('Hi', { model: `groq/${modelOf('groq', 'reasoning')}` });

    assert.ok(message.reasoning_content.length > 0);
    assert.ok(!message.content.includes(message.reasoning_content));
  });

  test('calls a tool and answers with its result', async () => {
    const question = { role: 'user', content: 'What is the weather in Lima?' };
    const first = await client.chat.completions.create({ model, messages: [question], tools: [weatherTool] });
    const [call] = first.choices[0].message.tool_calls;
    assert.equal(first.choices[0].finish_reason, 'tool_calls');
    assert.equal(call.type, 'function');
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Lima' });

    const messages = [question, first.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '23 degrees' }];
    const second = await client.chat.completions.create({ model, messages, tools: [weatherTool] });

    assert.match(second.choices[0].message.content, /23 degrees/);
  });

  test('streams a tool call that the SDK puts together', async () => {
    const stream = client.chat.completions.stream({
      model,
      messages: [{ role: 'user', content: 'What is the weather in Lima?' }],
      tools: [weatherTool],
    });

    const { choices: [{ message, finish_reason: finish }] } = await stream.finalChatCompletion();

    assert.equal(finish, 'tool_calls');
    assert.equal(message.tool_calls.length, 1);
    assert.match(message.tool_calls[0].id, /\S/);
    assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { city: 'Lima' });
  });

  test('shows an image to a model that sees', async () => {
    const answer = await ask(
      [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
      ],
      { model: `google/${modelOf('google', 'vision')}` },
    );

    assert.match(answer.choices[0].message.content, /image\/png/);
  });

  test('answers in the shape of a JSON schema', async () => {
    const schema = {
      type: 'object',
      properties: { colour: { type: 'string', enum: ['red', 'green'] } },
      required: ['colour'],
      additionalProperties: false,
    };

    const answer = await ask('Something green', {
      model: `google/${modelOf('google', 'json_schema')}`,
      response_format: { type: 'json_schema', json_schema: { name: 'thing', strict: true, schema } },
    });

    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { colour: 'green' });
  });

  test('lists the models, auto first, and retrieves one', async () => {
    const models = [];
    for await (const each of client.models.list()) models.push(each);

    assert.equal(models[0].id, 'auto');
    assert.ok(models.length > 3);
    assert.ok(models.every((each) => each.object === 'model' && each.owned_by));
    assert.equal((await client.models.retrieve(models[1].id)).id, models[1].id);
  });

  test('cancels upstream within 100 ms of an abort amid the stream', async () => {
    const took = await quickest(100, async () => {
      await simulator.reset();
      await simulator.fault({ kind: 'stall_mid_stream', after_events: 40 });
      const stream = await ask('Write 200 words', { stream: true });
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
      const left = Date.now();
      stream.controller.abort();
      const [entry] = await simulator.wait('aborted');
      return entry.finished_ms - left;
    });

    assert.ok(took < 100, `took ${took} ms`);
  });

  for (const stream of [false, true]) {
    test(`cancels upstream within 100 ms of an abort before the first token (stream: ${stream})`, async () => {
      const took = await quickest(100, async () => {
        await simulator.reset();
        await simulator.fault({ kind: 'stall_before_head' });
        const patience = new AbortController();
        const asked = ask('Hi', { stream }, { signal: patience.signal });
        const outcome = assert.rejects(Promise.resolve(asked), OpenAI.APIUserAbortError);
        await simulator.wait('received');
        const left = Date.now();
        patience.abort();
        await outcome;
        const [entry] = await simulator.wait('aborted');
        return entry.finished_ms - left;
      });

      assert.ok(took < 100, `took ${took} ms`);
    });
  }

  test('benches nothing when the client leaves', async () => {
    await simulator.fault({ kind: 'stall_before_head', times: 1 });
    const patience = new AbortController();
    const asked = ask('Hi', {}, { signal: patience.signal });
    const outcome = assert.rejects(Promise.resolve(asked), OpenAI.APIUserAbortError);
    await simulator.wait('received');
    patience.abort();
    await outcome;
    await simulator.wait('aborted');

    const { response } = await ask('Hi again').withResponse();

    assert.equal(response.headers.get('x-routed-via'), model);
    assert.equal(response.headers.get('x-fallback-attempts'), '0');
  });

  test('sends no secret of its own client upstream', async () => {
    await ask('Hi');

    const [entry] = await simulator.chats();
    assert.equal(entry.key_tail, '0001');
    assert.ok(!JSON.stringify(entry).includes(daemon.apiKey));
  });
});
