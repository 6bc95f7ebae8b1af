// What every answer owes its client, whatever the provider does on the wire.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import OpenAI from 'openai';
import { Daemon, keyFor, Simulator, weatherTool } from '../harness.mjs';
import { modelOf } from './models.mjs';

describe('answers put right', () => {
  let simulator, daemon, client;
  const names = ['openrouter', 'groq', 'nvidia', 'ollama', 'google', 'cloudflare'];
  before(async () => {
    simulator = await Simulator.start();
    daemon = await Daemon.start(simulator, {
      keys: Object.fromEntries(names.map((name) => [name, keyFor(name)])),
      custom: [{ name: 'local', base_url: `${simulator.url}/custom/v1`, models: ['house-model'] }],
    });
    client = new OpenAI({ apiKey: daemon.apiKey, baseURL: daemon.baseURL, maxRetries: 0 });
  });
  after(async () => {
    await daemon?.stop();
    await simulator?.stop();
  });
  beforeEach(() => simulator.reset());

  const question = { role: 'user', content: 'What is the weather in Lima?' };
  const ask = (more = {}) =>
    client.chat.completions.create({ model: 'local/house-model', messages: [question], ...more });

  async function collect(more = {}) {
    const chunks = [];
    for await (const chunk of await ask({ stream: true, ...more })) chunks.push(chunk);
    const join = (member) => chunks.map((chunk) => chunk.choices[0]?.delta[member] ?? '').join('');
    return {
      chunks,
      text: join('content'),
      reasoning: join('reasoning_content'),
      finishes: chunks.map((chunk) => chunk.choices[0]?.finish_reason).filter(Boolean),
    };
  }

  for (const fault of [
    { kind: 'no_done' },
    { kind: 'repeat_role' },
    { kind: 'split', chunk_bytes: 1 },
    { kind: 'slow_drip', chunk_bytes: 64, interval_ms: 1 },
    { kind: 'malformed_event', after_events: 3 },
    { kind: 'usage', variant: 'always' },
    { kind: 'usage', variant: 'null_choices' },
    { kind: 'usage', variant: 'without_choices' },
    { kind: 'usage', variant: 'on_content' },
    { kind: 'not_streamed' },
  ]) {
    test(`${JSON.stringify(fault)} leaves a clean stream without usage`, async () => {
      await simulator.fault(fault);

      const { chunks, text, finishes } = await collect();

      assert.match(text, /weather in Lima/);
      assert.deepEqual(finishes, ['stop']);
      assert.equal(chunks.filter((chunk) => chunk.choices[0]?.delta.role).length, 1);
      assert.ok(chunks.every((chunk) => chunk.choices.length === 1 && !chunk.usage));
    });
  }

  for (const variant of ['none', 'zero', 'always', 'on_content', 'null_choices', 'without_choices']) {
    test(`usage variant ${variant} becomes one usage chunk when asked`, async () => {
      await simulator.fault({ kind: 'usage', variant });

      const { chunks } = await collect({ stream_options: { include_usage: true } });

      assert.equal(chunks.filter((chunk) => chunk.usage).length, 1);
      assert.deepEqual(chunks.at(-1).choices, []);
      assert.ok(chunks.at(-1).usage.completion_tokens > 0);
    });
  }

  for (const stream of [false, true]) {
    const answer = async () => {
      if (stream) return collect();
      const { choices: [{ message }] } = await ask();
      return { text: message.content, reasoning: message.reasoning_content };
    };

    test(`thoughts in <think> tags are kept apart (stream: ${stream})`, async () => {
      await simulator.fault({ kind: 'think_tags', thought: 'A quiet thought.' });

      const { text, reasoning } = await answer();

      assert.match(reasoning, /A quiet thought\./);
      assert.doesNotMatch(text, /think|quiet/);
      assert.match(text, /weather in Lima/);
    });

    for (const form of ['tool_call', 'function', 'function_open', 'kimi', 'json', 'fenced']) {
      test(`a call written as text (${form}) is rescued (stream: ${stream})`, async () => {
        await simulator.fault({ kind: 'tool_text', form });
        const request = { model: 'local/house-model', messages: [question], tools: [weatherTool] };

        const whole = stream
          ? await client.chat.completions.stream(request).finalChatCompletion()
          : await client.chat.completions.create(request);

        const [{ message, finish_reason: finish }] = whole.choices;
        assert.equal(finish, 'tool_calls');
        assert.equal(message.tool_calls?.[0].function.name, 'get_weather');
        assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { city: 'Lima' });
        assert.ok(!message.content);
      });
    }

    test(`two calls that share an index stay two (stream: ${stream})`, async () => {
      await simulator.fault({ kind: 'calls_share_index' });
      const messages = [{ role: 'user', content: 'Weather in Lima and Oslo, both please' }];
      const request = { model: 'local/house-model', messages, tools: [weatherTool] };

      const whole = stream
        ? await client.chat.completions.stream(request).finalChatCompletion()
        : await client.chat.completions.create(request);

      const calls = whole.choices[0].message.tool_calls;
      assert.deepEqual(calls.map((call) => JSON.parse(call.function.arguments).city), ['Lima', 'Oslo']);
      assert.equal(new Set(calls.map((call) => call.id)).size, 2);
    });

    test(`a call without an id gets one (stream: ${stream})`, async () => {
      await simulator.fault({ kind: 'no_call_ids' });
      const request = { model: 'local/house-model', messages: [question], tools: [weatherTool] };

      const whole = stream
        ? await client.chat.completions.stream(request).finalChatCompletion()
        : await client.chat.completions.create(request);

      assert.match(whole.choices[0].message.tool_calls[0].id, /\S{8}/);
    });
  }

  test("Groq's failed generation is rescued", async () => {
    await simulator.fault({ kind: 'failed_generation', form: 'function', platform: 'groq' });

    const { choices: [{ message }] } = await ask({ model: `groq/${modelOf('groq', 'tools')}`, tools: [weatherTool] });

    assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { city: 'Lima' });
  });

  test("NVIDIA's 202 is polled to its answer", async () => {
    await simulator.fault({ kind: 'pending', polls: 2, platform: 'nvidia', times: 1 });

    const { choices: [{ message }] } = await ask({ model: `nvidia/${modelOf('nvidia')}` });

    assert.match(message.content, /weather in Lima/);
  });

  test('a prompt that Gemini blocks is a 403 content_filter', async () => {
    await simulator.fault({ kind: 'blocked_prompt', platform: 'google' });

    const asked = ask({ model: `google/${modelOf('google')}` });

    await assert.rejects(asked, (error) => error instanceof OpenAI.PermissionDeniedError && error.code === 'content_filter');
  });

  test('a Gemini answer that ends without a finish is not taken for whole', async () => {
    await simulator.fault({ kind: 'no_finish', platform: 'google' });

    await assert.rejects(collect({ model: `google/${modelOf('google')}` }), OpenAI.APIError);
  });
});
