// @google/genai against the simulator's native Gemini routes.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from '@google/genai';
import { Simulator } from '../harness.mjs';

const declaration = {
  name: 'get_weather',
  description: 'Current weather of a city',
  parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] },
};

describe('@google/genai', () => {
  let simulator, client;
  const open = (apiKey) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: `${simulator.url}/google`, retryOptions: { attempts: 1 } } });
  before(async () => {
    simulator = await Simulator.start();
    client = open('AIza-key');
  });
  after(() => simulator.stop());
  beforeEach(() => simulator.reset());

  test('chat', async () => {
    const answer = await client.models.generateContent({ model: 'gemini-2.5-flash', contents: 'Good morning' });

    assert.match(answer.text, /gemini-2.5-flash on google.*Good morning/);
    assert.equal(answer.candidates[0].finishReason, 'STOP');
    assert.ok(answer.usageMetadata.thoughtsTokenCount > 0);
  });

  test('stream', async () => {
    const texts = [];
    for await (const chunk of await client.models.generateContentStream({ model: 'gemini-2.5-flash', contents: 'Good morning' }))
      texts.push(chunk.text);

    assert.ok(texts.length > 4);
    assert.match(texts.join(''), /Good morning/);
  });

  for (const model of ['gemini-2.5-flash', 'gemini-3-pro']) {
    test(`tools, two turns, on ${model}`, async () => {
      const config = { tools: [{ functionDeclarations: [declaration] }], toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } };
      const question = { role: 'user', parts: [{ text: 'What is the weather in Quito?' }] };
      const first = await client.models.generateContent({ model, contents: [question], config });
      assert.deepEqual(first.functionCalls[0].args, { city: 'Quito' });

      const result = { role: 'user', parts: [{ functionResponse: { name: 'get_weather', response: { degrees: 14 } } }] };
      const second = await client.models.generateContent({
        model,
        contents: [question, first.candidates[0].content, result],
        config: { tools: config.tools },
      });

      assert.match(second.text, /14/);
    });
  }

  test('a call replayed to Gemini 3 without its signature is refused', async () => {
    const contents = [
      { role: 'user', parts: [{ text: 'weather?' }] },
      { role: 'model', parts: [{ functionCall: { name: 'get_weather', args: { city: 'Quito' } } }] },
      { role: 'user', parts: [{ functionResponse: { name: 'get_weather', response: { degrees: 14 } } }] },
    ];
    const config = { tools: [{ functionDeclarations: [declaration] }] };

    const asked = client.models.generateContent({ model: 'gemini-3-pro', contents, config });

    await assert.rejects(asked, (error) => error.status === 400 && /thought_signature/.test(error.message));
  });

  test('a schema keyword outside the subset is refused', async () => {
    const functionDeclarations = [{ ...declaration, parameters: { ...declaration.parameters, additionalProperties: false } }];

    const asked = fetch(`${simulator.url}/google/v1beta/models/gemini-2.5-flash:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': 'k' },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }], tools: [{ functionDeclarations }] }),
    });

    const answer = await asked;
    assert.equal(answer.status, 400);
    assert.match((await answer.json()).error.message, /Unknown name "additionalProperties" at 'tools/);
  });

  test('a bad key is a 400', async () => {
    const asked = open('bad-key').models.generateContent({ model: 'gemini-2.5-flash', contents: 'Hi' });

    await assert.rejects(asked, (error) => error instanceof ApiError && error.status === 400 && /API_KEY_INVALID/.test(error.message));
  });

  test('a spent day is a 429 that names the quota', async () => {
    await simulator.limit({ platform: 'google', rpd: 1 });
    await client.models.generateContent({ model: 'gemini-2.5-flash', contents: 'one' });

    const asked = client.models.generateContent({ model: 'gemini-2.5-flash', contents: 'two' });

    await assert.rejects(asked, (error) => error.status === 429 && /GenerateRequestsPerDayPerProjectPerModel-FreeTier/.test(error.message));
  });
});
