// Upstreams over TLS: verified against the configured authority, and never without.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { certificate, httpProxy } from '../../integration/proxies.mjs';
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

  async function ask(sections, stream, { url = simulator.tlsUrl, proxy } = {}) {
    const baseUrls = { groq: url + platforms.groq.path };
    const options = proxy ? { groq: { proxy } } : {};
    const daemon = await Daemon.start(simulator, { keys: { groq: keyFor('groq') }, baseUrls, sections, options });
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

  describe('through an https:// proxy', () => {
    let proxy, trusted;
    before(async () => {
      const pair = certificate(directory);
      trusted = join(directory, 'both.pem');
      writeFileSync(trusted, readFileSync(authority, 'utf8') + pair.cert);
      proxy = await httpProxy({ login: 'user:pass-word-1', pair, resolve: (target) => {
        const [host, port] = target.split(':');
        return { host, port: Number(port) };
      } });
    });
    after(() => proxy?.stop());
    const by = (login) => `https://${login}@127.0.0.1:${proxy.port}`;

    for (const stream of [false, true]) {
      test(`TLS in TLS serves (stream: ${stream})`, async () => {
        const sections = { routing: { keyless: false }, tls: { ca_file: trusted } };
        assert.match(await ask(sections, stream, { proxy: by('user:pass-word-1') }), /Good morning/);
        assert.equal(proxy.asked.at(-1), new URL(simulator.tlsUrl).host);
      });
    }

    test('a plain platform behind it serves too', async () => {
      const sections = { routing: { keyless: false }, tls: { ca_file: trusted } };
      assert.match(await ask(sections, true, { url: simulator.url, proxy: by('user:pass-word-1') }), /Good morning/);
      assert.equal(proxy.asked.at(-1), new URL(simulator.url).host);
    });

    test('is not used with a certificate nobody vouches for, nor with a wrong login', async () => {
      await simulator.reset();
      const asked = proxy.asked.length;
      const ours = { routing: { keyless: false }, tls: { ca_file: authority } };
      await assert.rejects(ask(ours, false, { proxy: by('user:pass-word-1') }), OpenAI.InternalServerError);
      const both = { routing: { keyless: false }, tls: { ca_file: trusted } };
      await assert.rejects(ask(both, false, { proxy: by('user:wrong') }), OpenAI.InternalServerError);
      assert.ok(proxy.refused >= 1);
      assert.equal(proxy.asked.length, asked);
      assert.deepEqual(await simulator.chats(), []);
    });
  });

  test('is refused when it is not: nothing is sent', async () => {
    await simulator.reset();

    await assert.rejects(ask({ routing: { keyless: false } }, false), OpenAI.InternalServerError);

    assert.deepEqual(await simulator.chats(), []);
  });
});
