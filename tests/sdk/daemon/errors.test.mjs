// Every row of the contract's error table, as the exception class the SDK makes of it.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { once } from 'node:events';
import { request } from 'node:http';
import net from 'node:net';
import OpenAI from 'openai';
import { Raw } from '../../integration/support.mjs';
import { Daemon, keyFor, pixel, Simulator } from '../harness.mjs';
import { modelOf, modelsOf } from './models.mjs';

/** The error a promise fails with. */
async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail('it did not fail');
}

describe('errors through the daemon', () => {
  const model = `groq/${modelOf('groq', 'tools')}`;
  let simulator, daemon, client;

  // Cooldowns outlive a test: each test has its own daemon.
  before(async () => { simulator = await Simulator.start(); });
  after(() => simulator?.stop());
  beforeEach(async (context) => {
    await simulator.reset();
    await daemon?.stop();
    daemon = undefined;
    if (/no provider/.test(context.name)) return;
    daemon = await Daemon.start(simulator, {
      keys: { groq: keyFor('groq') },
      sections: { server: { max_body_bytes: 4_000_000, ...(/one worker/.test(context.name) && { workers: 1 }) } },
      // Only where it is to pass: elsewhere a busy machine may need it.
      options: { groq: /timeout|stall/.test(context.name) ? { first_byte_timeout: '1s', stall_timeout: '1s' } : {} },
    });
    client = new OpenAI({ apiKey: daemon.apiKey, baseURL: daemon.baseURL, maxRetries: 0 });
  });
  after(() => daemon?.stop());

  const ask = (content = 'Hi', more = {}) =>
    client.chat.completions.create({ model, messages: [{ role: 'user', content }], ...more });

  const post = (body, headers = {}) =>
    daemon.fetch('/v1/chat/completions', { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

  /** The four members, and nothing else at the top. */
  async function assertErrorBody(answer, status, code) {
    assert.equal(answer.status, status);
    assert.match(answer.headers.get('content-type'), /^application\/json/);
    const body = await answer.json();
    for (const name of ['message', 'type', 'param', 'code']) assert.ok(name in body.error, name);
    if (code) assert.equal(body.error.code, code);
    return body.error;
  }

  test('400 invalid_json', async () => {
    await assertErrorBody(await post('{"model": "auto", '), 400, 'invalid_json');
  });

  test('400 invalid_request names the path', async () => {
    const error = await failure(ask([{ type: 'nonsense' }]));

    assert.ok(error instanceof OpenAI.BadRequestError, String(error));
    assert.match(error.param, /^messages\[0\]\.content/);
  });

  test('400 comes after the key: a stranger learns nothing about the body', async () => {
    const answer = await post('{"model": "auto", ', { authorization: 'Bearer wrong' });

    await assertErrorBody(answer, 401, 'invalid_api_key');
  });

  test('400 context_length_exceeded', async () => {
    const window = modelsOf('groq').find(({ id }) => model.endsWith(id)).context_window;

    const error = await failure(ask('word '.repeat(window)));

    assert.ok(error instanceof OpenAI.BadRequestError, String(error));
    assert.equal(error.code, 'context_length_exceeded');
    assert.deepEqual(await simulator.chats(), []);
  });

  test('401 invalid_api_key', async () => {
    const stranger = new OpenAI({ apiKey: 'wrong', baseURL: daemon.baseURL, maxRetries: 0 });

    const error = await failure(stranger.models.list());

    assert.ok(error instanceof OpenAI.AuthenticationError, String(error));
    assert.equal(error.code, 'invalid_api_key');
  });

  test('403 content_filter', async () => {
    await simulator.fault({ kind: 'error', reason: 'content_refused' });

    const error = await failure(ask());

    assert.ok(error instanceof OpenAI.PermissionDeniedError, String(error));
    assert.equal(error.code, 'content_filter');
  });

  test('404 model_not_found', async () => {
    const error = await failure(ask('Hi', { model: 'no-such-model' }));

    assert.ok(error instanceof OpenAI.NotFoundError, String(error));
    assert.equal(error.code, 'model_not_found');
  });

  test('404 for an unknown path', async () => {
    await assertErrorBody(await daemon.fetch('/v1/nothing'), 404);
  });

  test('405 for a method the path does not have', async () => {
    const answer = await daemon.fetch('/v1/chat/completions');

    await assertErrorBody(answer, 405);
    assert.match(answer.headers.get('allow'), /POST/);
  });

  test('413 for a body beyond the bound', async () => {
    const error = await failure(ask('x'.repeat(4_100_000)));

    assert.equal(error.status, 413);
  });

  test('414 for an endless target', async () => {
    await assertErrorBody(await daemon.fetch(`/v1/models?${'x'.repeat(20_000)}`), 414);
  });

  test('415 for a body that is not JSON', async () => {
    await assertErrorBody(await post('model=auto', { 'content-type': 'application/x-www-form-urlencoded' }), 415);
  });

  test('431 for endless headers', async () => {
    const status = await new Promise((done, fail) => {
      const { hostname, port } = new URL(daemon.url);
      const sent = request({ hostname, port, path: '/v1/models', headers: { 'x-long': 'x'.repeat(200_000) } }, (answer) => {
        answer.resume();
        done(answer.statusCode);
      });
      sent.on('error', fail);
      sent.end();
    });

    assert.equal(status, 431);
  });

  test('422 no_capable_model', async () => {
    const blind = modelsOf('groq').find(({ capabilities }) => !capabilities.includes('vision')).id;
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } };

    const error = await failure(ask([{ type: 'text', text: 'What is this?' }, image], { model: `groq/${blind}` }));

    assert.ok(error instanceof OpenAI.UnprocessableEntityError, String(error));
    assert.equal(error.code, 'no_capable_model');
  });

  test('429 rate_limit_exceeded, with the time a candidate comes back', async () => {
    await simulator.fault({ kind: 'rate_limit', metric: 'rpm', retry_after_ms: 7000 });

    const error = await failure(ask());

    assert.ok(error instanceof OpenAI.RateLimitError, String(error));
    assert.equal(error.code, 'rate_limit_exceeded');
    const wait = Number(error.headers.get('retry-after'));
    assert.ok(wait >= 6 && wait <= 8, `retry-after ${wait}`);
    assert.ok(error.error.retry_at);
    assert.match(error.message, /groq/);
  });

  test('502 upstream_failed', async () => {
    await simulator.fault({ kind: 'error', reason: 'internal' });

    const error = await failure(ask());

    assert.ok(error instanceof OpenAI.InternalServerError, String(error));
    assert.equal(error.status, 502);
    assert.equal(error.code, 'upstream_failed');
  });

  test('503 no_providers_configured (no provider has a key)', async () => {
    daemon = await Daemon.start(simulator, {});
    client = new OpenAI({ apiKey: daemon.apiKey, baseURL: daemon.baseURL, maxRetries: 0 });

    const error = await failure(ask('Hi', { model: 'auto' }));

    assert.ok(error instanceof OpenAI.InternalServerError, String(error));
    assert.equal(error.status, 503);
    assert.equal(error.code, 'no_providers_configured');
  });

  // The SDK's request passes through a relay that stops after its first bytes until the daemon is draining.
  test('503 draining (one worker)', async () => {
    const gone = once(daemon.child, 'exit');
    const probe = 'GET /livez HTTP/1.1\r\nHost: test\r\n\r\n';
    const relay = net.createServer((sdk) => {
      sdk.once('data', async (bytes) => {
        sdk.pause();
        const other = await Raw.connect(daemon.url);
        const raw = await Raw.connect(daemon.url);
        raw.send(Buffer.concat([Buffer.from(probe), bytes.subarray(0, 20)]));
        await raw.response();
        // The only worker answers this one after it has taken in all that came before it ...
        await other.send(probe).response();
        daemon.child.kill('SIGTERM');
        // ... and closes what is idle after the drain has begun.
        await other.closed();
        raw.send(bytes.subarray(20));
        sdk.pipe(raw.socket);
        raw.socket.pipe(sdk);
      });
      sdk.on('error', () => {});
    });
    await new Promise((listening) => relay.listen(0, '127.0.0.1', listening));
    try {
      const baseURL = `http://127.0.0.1:${relay.address().port}/v1`;
      client = new OpenAI({ apiKey: daemon.apiKey, baseURL, maxRetries: 0 });

      const error = await failure(ask());

      assert.ok(error instanceof OpenAI.InternalServerError, String(error));
      assert.equal(error.status, 503);
      assert.equal(error.code, 'draining');
      assert.ok(Number(error.headers.get('retry-after')) > 0);
      assert.deepEqual(await simulator.chats(), []);
      // Before the end of the test sends another signal, which would mean: at once.
      assert.deepEqual(await gone, [0, null]);
    } finally {
      relay.close();
    }
  });

  test('504 upstream_timeout', async () => {
    await simulator.fault({ kind: 'stall_before_head' });

    const error = await failure(ask());

    assert.ok(error instanceof OpenAI.InternalServerError, String(error));
    assert.equal(error.status, 504);
    assert.equal(error.code, 'upstream_timeout');
  });

  for (const kind of ['cut_mid_stream', 'reset_mid_stream', 'stall_mid_stream', 'sse_error']) {
    test(`a stream that breaks by ${kind} after its first words raises instead of looking whole`, async () => {
      await simulator.fault({ kind, after_events: 30 });
      // Words and break could come in one read: then nobody has seen any of it, and the next model is tried.
      await simulator.fault({ kind: 'hold', after_events: 30 });
      const stream = await ask('Write 100 words', { stream: true });

      let text = '';
      const error = await failure((async () => {
        for await (const chunk of stream) {
          const isFirst = text === '';
          text += chunk.choices[0]?.delta.content ?? '';
          if (isFirst && text !== '') await simulator.release();
        }
      })());

      assert.ok(error instanceof OpenAI.APIError, String(error));
      assert.ok(text.length > 0);
    });
  }

  test('no error shows a provider key', async () => {
    await simulator.fault({ kind: 'status', status: 500, body: { error: { message: `key ${keyFor('groq')} is odd` } } });

    const error = await failure(ask());

    assert.ok(!JSON.stringify([error.message, error.error]).includes(keyFor('groq')));
  });
});
