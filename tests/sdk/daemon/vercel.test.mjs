// The Vercel AI SDK through the daemon: text, stream, tools.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { Daemon, keyFor, Simulator } from '../harness.mjs';
import { modelOf } from './models.mjs';

describe('Vercel AI SDK through the daemon', () => {
  let simulator, daemon, model;
  before(async () => {
    simulator = await Simulator.start();
    daemon = await Daemon.start(simulator, { keys: { groq: keyFor('groq') } });
    const provider = createOpenAICompatible({ name: 'freellmapi', baseURL: daemon.baseURL, apiKey: daemon.apiKey, includeUsage: true });
    model = provider(`groq/${modelOf('groq', 'tools')}`);
  });
  after(async () => {
    await daemon?.stop();
    await simulator?.stop();
  });

  const weather = (asked) =>
    tool({
      description: 'Current weather of a city',
      inputSchema: z.object({ city: z.string() }),
      execute: async ({ city }) => {
        asked.push(city);
        return `23 degrees in ${city}`;
      },
    });

  test('text', async () => {
    const { text, usage, finishReason } = await generateText({ model, prompt: 'Good morning', maxRetries: 0 });

    assert.match(text, /Good morning/);
    assert.equal(finishReason, 'stop');
    assert.ok(usage.outputTokens > 0);
  });

  test('stream', async () => {
    const result = streamText({ model, prompt: 'Good morning', maxRetries: 0 });

    const pieces = [];
    for await (const piece of result.textStream) pieces.push(piece);

    assert.ok(pieces.length > 3);
    assert.match(pieces.join(''), /Good morning/);
    assert.ok((await result.usage).outputTokens > 0);
  });

  test('a tool loop', async () => {
    const asked = [];

    const { text, steps } = await generateText({
      model,
      prompt: 'What is the weather in Lima?',
      tools: { get_weather: weather(asked) },
      stopWhen: stepCountIs(3),
      maxRetries: 0,
    });

    assert.deepEqual(asked, ['Lima']);
    assert.equal(steps.length, 2);
    assert.match(text, /23 degrees in Lima/);
  });

  test('a streamed tool loop', async () => {
    const asked = [];
    const result = streamText({
      model,
      prompt: 'What is the weather in Lima?',
      tools: { get_weather: weather(asked) },
      stopWhen: stepCountIs(3),
      maxRetries: 0,
    });

    assert.match(await result.text, /23 degrees in Lima/);
    assert.deepEqual(asked, ['Lima']);
  });
});
