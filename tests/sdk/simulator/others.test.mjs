// The other platforms' own SDKs against the simulator: chat, stream, tools and one error each.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import Cerebras from '@cerebras/cerebras_cloud_sdk';
import { Mistral } from '@mistralai/mistralai';
import { CohereClientV2, CohereError } from 'cohere-ai';
import Groq from 'groq-sdk';
import { Ollama } from 'ollama';
import { Simulator, weatherTool } from '../harness.mjs';

const question = { role: 'user', content: 'What is the weather in Cairo?' };
const { additionalProperties, ...looseParameters } = weatherTool.function.parameters;
const looseTool = { ...weatherTool, function: { ...weatherTool.function, parameters: looseParameters } };

describe('SDKs of the platforms', () => {
  let simulator;
  before(async () => { simulator = await Simulator.start(); });
  after(() => simulator.stop());
  beforeEach(() => simulator.reset());

  for (const [name, Sdk, model] of [
    ['groq', Groq, 'openai/gpt-oss-120b'],
    ['cerebras', Cerebras, 'gpt-oss-120b'],
  ]) {
    describe(`${name} SDK`, () => {
      const open = (apiKey) => new Sdk({ apiKey, baseURL: `${simulator.url}/${name}`, maxRetries: 0, warmTCPConnection: false });
      const ask = (more = {}) => open('key').chat.completions.create({ model, messages: [question], ...more });

      test('chat, with the reasoning beside the answer', async () => {
        const { choices: [{ message }], usage } = await ask();

        assert.match(message.content, /weather in Cairo/);
        assert.ok(message.reasoning.length > 0);
        assert.ok(usage.completion_tokens > 0);
      });

      test('stream, with usage on the way', async () => {
        let text = '', usage;
        for await (const chunk of await ask({ stream: true })) {
          text += chunk.choices[0]?.delta.content ?? '';
          usage = chunk.x_groq?.usage ?? chunk.usage ?? usage;
        }

        assert.match(text, /weather in Cairo/);
        assert.ok(usage.completion_tokens > 0);
      });

      test('tools', async () => {
        const { choices: [{ message, finish_reason: finish }] } = await ask({ tools: [weatherTool] });

        assert.equal(finish, 'tool_calls');
        assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { city: 'Cairo' });
      });

      test('a bad key', async () => {
        const asked = open('bad').chat.completions.create({ model, messages: [question] });

        await assert.rejects(asked, Sdk.AuthenticationError);
      });

      test('a spent minute of tokens, told in the headers', async () => {
        await simulator.limit({ platform: name, tpm: 1000 });
        const { response } = await open('key').chat.completions.create({ model, messages: [question] }).withResponse();
        const left = [...response.headers].find(([header]) => header.startsWith('x-ratelimit-remaining-tokens'));
        assert.ok(Number(left[1]) < 1000);

        const asked = open('key').chat.completions.create({ model, messages: [{ role: 'user', content: 'x'.repeat(6000) }] });

        await assert.rejects(asked, Sdk.RateLimitError);
      });
    });
  }

  describe('@mistralai/mistralai', () => {
    const open = (apiKey) => new Mistral({ apiKey, serverURL: `${simulator.url}/mistral`, retryConfig: { strategy: 'none' } });

    test('chat', async () => {
      const answer = await open('key').chat.complete({ model: 'mistral-small-latest', messages: [question] });

      assert.match(answer.choices[0].message.content, /weather in Cairo/);
    });

    test('a reasoning model answers in parts', async () => {
      const answer = await open('key').chat.complete({ model: 'magistral-small', messages: [question] });

      assert.deepEqual(answer.choices[0].message.content.map((part) => part.type), ['thinking', 'text']);
    });

    test('stream', async () => {
      let text = '', usage;
      for await (const { data } of await open('key').chat.stream({ model: 'mistral-small-latest', messages: [question] })) {
        text += data.choices[0].delta.content ?? '';
        usage = data.usage ?? usage;
      }

      assert.match(text, /weather in Cairo/);
      assert.ok(usage.completionTokens > 0);
    });

    test('tools, two turns with a nine-letter id', async () => {
      const client = open('key');
      const first = await client.chat.complete({ model: 'mistral-small-latest', messages: [question], tools: [weatherTool], toolChoice: 'any' });
      const [call] = first.choices[0].message.toolCalls;
      assert.match(call.id, /^[a-zA-Z0-9]{9}$/);

      const second = await client.chat.complete({
        model: 'mistral-small-latest',
        messages: [question, { ...first.choices[0].message, role: 'assistant' }, { role: 'tool', toolCallId: call.id, name: 'get_weather', content: '35 degrees' }],
      });

      assert.match(second.choices[0].message.content, /35 degrees/);
    });

    test('a bad key', async () => {
      const asked = open('bad').chat.complete({ model: 'mistral-small-latest', messages: [question] });

      await assert.rejects(asked, (error) => error.statusCode === 401 && /Invalid API Key/.test(error.body));
    });

    test('a member it does not know', async () => {
      const answer = await fetch(`${simulator.url}/mistral/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: 'Bearer key' },
        body: JSON.stringify({ model: 'mistral-small-latest', messages: [question], top_k: 4 }),
      });

      assert.equal(answer.status, 422);
      assert.equal((await answer.json()).message.detail[0].type, 'extra_forbidden');
    });
  });

  describe('cohere-ai', () => {
    const open = (token) => new CohereClientV2({ token, environment: `${simulator.url}/cohere`, baseUrl: `${simulator.url}/cohere`, maxRetries: 0 });

    test('chat', async () => {
      const answer = await open('key').chat({ model: 'command-a-03-2025', messages: [question] });

      assert.match(answer.message.content[0].text, /weather in Cairo/);
      assert.equal(answer.finishReason, 'COMPLETE');
    });

    test('stream', async () => {
      let text = '';
      const kinds = new Set();
      for await (const event of await open('key').chatStream({ model: 'command-a-03-2025', messages: [question] })) {
        kinds.add(event.type);
        if (event.type === 'content-delta') text += event.delta.message.content.text;
      }

      assert.match(text, /weather in Cairo/);
      assert.deepEqual([...kinds], ['message-start', 'content-start', 'content-delta', 'content-end', 'message-end']);
    });

    test('tools, two turns', async () => {
      const client = open('key');
      const first = await client.chat({ model: 'command-a-03-2025', messages: [question], tools: [looseTool], toolChoice: 'REQUIRED' });
      const [call] = first.message.toolCalls;
      assert.equal(first.finishReason, 'TOOL_CALL');

      const second = await client.chat({
        model: 'command-a-03-2025',
        messages: [question, { role: 'assistant', toolCalls: first.message.toolCalls, toolPlan: first.message.toolPlan }, { role: 'tool', toolCallId: call.id, content: '35 degrees' }],
      });

      assert.match(second.message.content[0].text, /35 degrees/);
    });

    test('a spent month', async () => {
      await simulator.limit({ platform: 'cohere', rpmonth: 1, pool: 'key' });
      await open('key').chat({ model: 'command-a-03-2025', messages: [question] });

      const asked = open('key').chat({ model: 'command-a-03-2025', messages: [question] });

      await assert.rejects(asked, (error) => error instanceof CohereError && error.statusCode === 429 && /1 API calls \/ month/.test(JSON.stringify(error.body)));
    });
  });

  describe('ollama', () => {
    const open = (key) => new Ollama({ host: `${simulator.url}/ollama`, headers: { authorization: `Bearer ${key}` } });

    test('chat', async () => {
      const answer = await open('key').chat({ model: 'gpt-oss:120b', messages: [question] });

      assert.match(answer.message.content, /weather in Cairo/);
      assert.ok(answer.message.thinking.length > 0);
      assert.equal(answer.done, true);
    });

    test('stream', async () => {
      let text = '', last;
      for await (const part of await open('key').chat({ model: 'gpt-oss:120b', messages: [question], stream: true })) {
        text += part.message.content;
        last = part;
      }

      assert.match(text, /weather in Cairo/);
      assert.equal(last.done_reason, 'stop');
      assert.ok(last.eval_count > 0);
    });

    test('tools', async () => {
      const answer = await open('key').chat({ model: 'gpt-oss:120b', messages: [question], tools: [weatherTool] });

      assert.deepEqual(answer.message.tool_calls[0].function.arguments, { city: 'Cairo' });
    });

    test('a bad key', async () => {
      await assert.rejects(open('bad').chat({ model: 'gpt-oss:120b', messages: [question] }), (error) => error.status_code === 401 && /Unauthorized/.test(error.message));
    });
  });
});
