// Upstreams over TLS: verified against the configured authority, and never without.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { Daemon, keyFor, platforms, Simulator } from '../harness.mjs';
import { modelOf } from './models.mjs';

describe('TLS to a provider', () => {
  const directory = mkdtempSync(join(tmpdir(), 'freellmapi-tls-'));
  const authority = join(directory, 'ca.pem');
  let simulator;
  before(async () => { simulator = await Simulator.start('--tls-port', '0', '--ca-out', authority); });
  after(async () => {
    await simulator?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function ask(sections, stream) {
    const baseUrls = { groq: simulator.tlsUrl + platforms.groq.path };
    const daemon = await Daemon.start(simulator, { keys: { groq: keyFor('groq') }, baseUrls, sections });
    try {
      const client = new OpenAI({ apiKey: daemon.apiKey, baseURL: daemon.baseURL, maxRetries: 0 });
      const request = { model: `groq/${modelOf('groq')}`, messages: [{ role: 'user', content: 'Good morning' }], stream };
      const answer = await client.chat.completions.create(request);
      if (!stream) return answer.choices[0].message.content;
      let text = '';
      for await (const chunk of answer) text += chunk.choices[0]?.delta.content ?? '';
      return text;
    } finally {
      await daemon.stop();
    }
  }

  for (const stream of [false, true]) {
    test(`is served when the authority is trusted (stream: ${stream})`, async () => {
      assert.match(await ask({ routing: { keyless: false }, tls: { ca_file: authority } }, stream), /Good morning/);
    });
  }

  test('is refused when it is not: nothing is sent', async () => {
    await simulator.reset();

    await assert.rejects(ask({ routing: { keyless: false } }, false), OpenAI.InternalServerError);

    assert.deepEqual(await simulator.chats(), []);
  });
});
