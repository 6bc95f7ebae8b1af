// Hostile and broken requests over a real socket: each gets the answer it deserves, the next request is
// served, and the daemon's memory stays bounded.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Daemon, Simulator } from '../sdk/harness.mjs';
import { Raw, bound, chat, clientKey, complete, eventually, postChat, request, residentMib } from './support.mjs';

let simulator, daemon;

before(async () => {
  simulator = await Simulator.start();
  daemon = await Daemon.start(simulator, {
    keys: { groq: 'sim-groq-0001', mistral: 'sim-mistral-0001' }, sections: { server: { max_body_bytes: 1 << 20 } },
  });
});
after(async () => {
  assert.equal(await daemon?.stop(), 0, 'the daemon ends in good order after all of this');
  await simulator?.stop();
});

async function isServed(message) {
  const answer = await complete(daemon);
  assert.equal(answer.status, 200, message);
  assert.equal((await answer.json()).object, 'chat.completion');
}

async function exchange(bytes, { method, patience } = {}) {
  const raw = await Raw.connect(daemon.url);
  try {
    raw.send(bytes);
    return { raw, ...await raw.response({ method, patience }) };
  } finally {
    raw.destroy();
  }
}

function errorOf(answer) {
  assert.match(answer.headers['content-type'], /^application\/json/);
  const { error } = JSON.parse(answer.body);
  assert.deepEqual(Object.keys(error).filter((name) => name !== 'retry_at').sort(), ['code', 'message', 'param', 'type']);
  assert.ok(error.message.length > 10);
  return error;
}

describe('bodies', () => {
  const json = [
    ['truncated JSON', '{"model":"auto","messages":[{"role":"user","content":"hel', 'invalid_json'],
    ['nothing', '', 'invalid_json'],
    ['a bare word', 'hello', 'invalid_json'],
    ['an array', '[1,2]', undefined],
    ['two values', '{"model":"auto"} {"model":"auto"}', 'invalid_json'],
    ['10,000 nested brackets', '['.repeat(10_000), undefined],
    ['10,000 nested objects as a message', `{"model":"auto","messages":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`, undefined],
    ['invalid UTF-8', Buffer.concat([Buffer.from('{"model":"auto","messages":[{"role":"user","content":"'), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('"}]}')]), 'invalid_json'],
    ['an overlong encoding', Buffer.concat([Buffer.from('{"model":"auto","messages":[{"role":"user","content":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}]}')]), 'invalid_json'],
    ['a NUL in a string', '{"model":"au\0to","messages":[]}', 'invalid_json'],
    ['a number beyond every range', '{"model":"auto","messages":[{"role":"user","content":"x"}],"temperature":1e999}', undefined],
    ['no messages', '{"model":"auto"}', 'invalid_request'],
    ['no role', '{"model":"auto","messages":[{"content":"x"}]}', 'invalid_request'],
    ['messages of the wrong kind', '{"model":"auto","messages":"x"}', 'invalid_request'],
    ['empty messages', '{"model":"auto","messages":[]}', 'invalid_request'],
    ['a content of the wrong kind', '{"model":"auto","messages":[{"role":"user","content":{"a":1}}]}', 'invalid_request'],
  ];
  for (const [name, body, code] of json) {
    test(`${name}: 400, and the connection goes on`, async () => {
      const raw = await Raw.connect(daemon.url);

      const refused = await raw.send(postChat(body)).response();

      assert.equal(refused.status, 400);
      const error = errorOf(refused);
      assert.ok(code ? error.code === code : ['invalid_json', 'invalid_request'].includes(error.code), error.code);
      assert.equal((await raw.send(postChat()).response()).status, 200);
      raw.destroy();
    });
  }

  test('a lone surrogate reaches no platform as broken text', async () => {
    await simulator.reset();
    const answer = await exchange(postChat('{"model":"auto","messages":[{"role":"user","content":"a\\ud800b"}]}'));

    if (answer.status === 400) assert.match(errorOf(answer).code, /^invalid_/);
    else assert.equal(answer.status, 200);
    assert.equal((await simulator.state()).platforms.groq?.invalid ?? 0, 0);
    await isServed();
  });

  test('a field given twice does not split the two readers of the request', async () => {
    await simulator.reset();
    const answer = await exchange(postChat(
      '{"model":"auto","stream":true,"stream":false,"messages":[{"role":"user","content":"one"}]}'));

    // Either it is refused, or daemon and platform agree on which value counts.
    if (answer.status !== 400) {
      assert.equal(answer.status, 200);
      const isStream = answer.headers['content-type'].startsWith('text/event-stream');
      assert.equal(isStream, answer.body.includes('[DONE]'));
    }
    await isServed();
  });

  test('100 MB with Content-Length: 413, readable by a client that only reads once it has sent all', async () => {
    const before = residentMib(daemon.child.pid);
    const raw = await Raw.connect(daemon.url);
    const size = 100_000_000;
    raw.socket.pause();
    raw.send(request('POST', '/v1/chat/completions', {
      headers: { 'Content-Type': 'application/json', 'Content-Length': String(size) },
    }));
    const piece = Buffer.alloc(1 << 20, 0x20);
    for (let sent = 0; sent < size; sent += piece.length) {
      const part = piece.subarray(0, Math.min(piece.length, size - sent));
      if (!raw.socket.write(part)) await new Promise((done) => raw.socket.once('drain', done));
    }
    raw.socket.resume();

    const answer = await raw.response();

    assert.equal(answer.status, 413);
    assert.equal(errorOf(answer).code, 'payload_too_large');
    assert.equal(answer.headers.connection, 'close');
    await raw.closed();
    assert.equal(raw.problem, undefined, 'closed without a reset');
    assert.ok(residentMib(daemon.child.pid) - before < bound(daemon.child.pid, 8, 100), 'nothing of it is kept');
    await isServed();
  });

  test('100 MB in chunks: 413, readable while still sending', async () => {
    const before = residentMib(daemon.child.pid);
    const answer = await daemon.fetch('/v1/chat/completions', {
      method: 'POST',
      duplex: 'half',
      headers: { 'content-type': 'application/json' },
      body: new ReadableStream({
        start() { this.left = 100; },
        pull(controller) {
          if (this.left-- === 0) controller.close();
          else controller.enqueue(new Uint8Array(1 << 20).fill(0x20));
        },
      }),
    });

    assert.equal(answer.status, 413);
    assert.equal((await answer.json()).error.code, 'payload_too_large');
    assert.ok(residentMib(daemon.child.pid) - before < bound(daemon.child.pid, 8, 100));
    await isServed();
  });

  for (const [name, chunks] of [
    ['a chunk size that is no number', 'zz\r\nhello\r\n0\r\n\r\n'],
    ['a chunk size beyond 64 bits', 'fffffffffffffffff\r\nx\r\n0\r\n\r\n'],
    ['a chunk longer than announced', '2\r\nhello\r\n0\r\n\r\n'],
    ['a negative chunk size', '-5\r\nhello\r\n0\r\n\r\n'],
  ]) {
    test(`${name}: 400 and the connection ends`, async () => {
      const raw = await Raw.connect(daemon.url);
      raw.send(Buffer.concat([request('POST', '/v1/chat/completions', {
        headers: { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' },
      }), Buffer.from(chunks)]));

      const answer = await raw.response();

      assert.equal(answer.status, 400);
      errorOf(answer);
      await raw.closed();
      await isServed();
    });
  }

  test('a compressed body is refused, not guessed at', async () => {
    const answer = await exchange(postChat(chat(), { headers: { 'Content-Encoding': 'gzip' } }));
    assert.equal(answer.status, 415);
    errorOf(answer);
    await isServed();
  });

  test('another media type: 415', async () => {
    const answer = await exchange(postChat(chat(), { headers: { 'Content-Type': 'text/plain' } }));
    assert.equal(answer.status, 415);
    errorOf(answer);
  });
});

describe('heads', () => {
  const auth = `Host: x\r\nAuthorization: Bearer ${clientKey}\r\n`;
  const heads = [
    ['64 KiB of headers', request('GET', '/v1/models', { headers: { 'X-Big': 'a'.repeat(65_536) } }), 431],
    ['a thousand headers', request('GET', '/v1/models', { headers: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`X-${i}`, '1'])) }), 431],
    ['a long target', request('GET', `/v1/models?${'a'.repeat(9_000)}`), 414],
    ['a target longer than any buffer', request('GET', `/v1/models?${'a'.repeat(200_000)}`), 414],
    ['Content-Length and Transfer-Encoding', `POST /v1/chat/completions HTTP/1.1\r\n${auth}Content-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ['two different Content-Lengths', `POST /v1/chat/completions HTTP/1.1\r\n${auth}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`, 400],
    ['a signed Content-Length', `POST /v1/chat/completions HTTP/1.1\r\n${auth}Content-Length: +4\r\n\r\nabcd`, 400],
    ['a Content-Length beyond 64 bits', `POST /v1/chat/completions HTTP/1.1\r\n${auth}Content-Length: 99999999999999999999999\r\n\r\n`, [400, 413]],
    ['bare line feeds', `GET /v1/models HTTP/1.1\n${auth.replaceAll('\r', '')}\n`, 400],
    ['a folded header', `GET /v1/models HTTP/1.1\r\n${auth}X-Folded: a\r\n b\r\n\r\n`, 400],
    ['a blank before the colon', `GET /v1/models HTTP/1.1\r\nHost : x\r\n\r\n`, 400],
    ['a NUL in a header', `GET /v1/models HTTP/1.1\r\n${auth}X-Nul: a\0b\r\n\r\n`, 400],
    ['no Host in HTTP/1.1', 'GET /livez HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', 'GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['HTTP/2 without TLS', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505]],
    ['a TLS hello', Buffer.from('16030100a5010000a10303aaaaaaaaaaaaaaaa0d0a0d0a', 'hex'), 400],
    ['another transfer coding', `POST /v1/chat/completions HTTP/1.1\r\n${auth}Transfer-Encoding: gzip, chunked\r\n\r\n`, [400, 501]],
    ['a request line of one word', 'GET\r\n\r\n', 400],
  ];
  for (const [name, bytes, wanted] of heads) {
    test(`${name}: ${wanted}, then the connection ends in order`, async () => {
      const raw = await Raw.connect(daemon.url);
      raw.send(bytes);

      const answer = await raw.response();

      assert.ok([wanted].flat().includes(answer.status), `${answer.status}: ${answer.body}`);
      errorOf(answer);
      assert.equal(answer.headers.connection, 'close');
      await raw.closed();
      assert.equal(raw.problem, undefined, 'closed without a reset');
      await isServed();
    });
  }

  test('a path that climbs out is an unknown path', async () => {
    for (const target of ['/../../etc/passwd', '/v1/%2e%2e/models', '/v1/..%2fmodels', '//v1/models', '/v1/models%00']) {
      const { status, body } = await exchange(request('GET', target));
      assert.ok([400, 404].includes(status), `${target}: ${status}`);
      assert.ok(!body.includes('root:'));
    }
  });

  test('a wrong method: 405 with Allow, and the connection goes on', async () => {
    const raw = await Raw.connect(daemon.url);

    const answer = await raw.send(request('GET', '/v1/chat/completions')).response();

    assert.equal(answer.status, 405);
    assert.equal(answer.headers.allow, 'POST');
    assert.equal(errorOf(answer).code, 'method_not_allowed');
    const models = await raw.send(request('DELETE', '/v1/models')).response();
    assert.equal(models.headers.allow, 'GET, HEAD');
    assert.equal((await raw.send(postChat()).response()).status, 200);
    raw.destroy();
  });

  test('an unknown path: 404, and the connection goes on', async () => {
    const raw = await Raw.connect(daemon.url);

    const answer = await raw.send(request('GET', '/nowhere')).response();

    assert.equal(answer.status, 404);
    errorOf(answer);
    assert.equal((await raw.send(postChat()).response()).status, 200);
    raw.destroy();
  });

  test('the key is looked at before the body', async () => {
    for (const headers of [{ Authorization: null }, { Authorization: 'Bearer wrong' }, { Authorization: `Basic ${clientKey}` }]) {
      const answer = await exchange(postChat('{"broken', { headers }));
      assert.equal(answer.status, 401);
      assert.equal(errorOf(answer).code, 'invalid_api_key');
      assert.ok(!answer.body.includes(clientKey));
    }
    const answer = await exchange(postChat(chat(), { headers: { Authorization: null, 'x-api-key': clientKey } }));
    assert.equal(answer.status, 200);
  });

  test('an id that could break a log line or a header is replaced', async () => {
    const answer = await exchange(request('GET', '/v1/models', { headers: { 'X-Request-Id': 'a b"c' } }));
    assert.match(answer.headers['x-request-id'], /^req_[A-Za-z0-9]{20}$/);
    const good = await exchange(request('GET', '/v1/models', { headers: { 'X-Request-Id': 'trace-42' } }));
    assert.equal(good.headers['x-request-id'], 'trace-42');
  });
});

describe('connections', () => {
  test('pipelined requests are answered in order', async () => {
    const raw = await Raw.connect(daemon.url);
    raw.send(Buffer.concat([
      postChat(chat('first'), { headers: { 'X-Request-Id': 'one' } }),
      request('GET', '/nowhere', { headers: { 'X-Request-Id': 'two' } }),
      postChat('{"broken', { headers: { 'X-Request-Id': 'three' } }),
      request('GET', '/livez', { headers: { 'X-Request-Id': 'four' } }),
    ]));

    const answers = [];
    for (let i = 0; i < 4; ++i) answers.push(await raw.response());

    assert.deepEqual(answers.map((answer) => [answer.headers['x-request-id'], answer.status]),
                     [['one', 200], ['two', 404], ['three', 400], ['four', 200]]);
    raw.destroy();
  });

  test('a pipelined body that comes in pieces arrives in order', async () => {
    await simulator.reset();
    const raw = await Raw.connect(daemon.url);
    const content = Array.from({ length: 20_000 }, (_, i) => i).join(' ');
    const second = postChat(chat(content, { model: 'mistral/mistral-medium-latest' }), { headers: { 'X-Request-Id': 'second' } });
    const cut = second.length - 90_000;
    raw.send(Buffer.concat([postChat(chat('first')), second.subarray(0, cut)]));
    assert.equal((await raw.response()).status, 200);
    for (let at = cut; at < second.length; at += 7_001) {
      raw.send(second.subarray(at, at + 7_001));
      await new Promise((next) => setImmediate(next));
    }

    const answer = await raw.response();

    assert.equal(answer.status, 200, answer.body);
    assert.equal(answer.headers['x-request-id'], 'second');
    const [received] = await simulator.chats({ platform: 'mistral', model: 'mistral-medium-latest', after: 1 });
    assert.equal(received.body.messages[0].content, content);
    raw.destroy();
  });

  test('HTTP/1.0 gets an answer that ends with the connection, a stream too', async () => {
    const raw = await Raw.connect(daemon.url);
    raw.send(postChat(chat('hi', { stream: true }), { version: '1.0' }));

    const answer = await raw.response();

    assert.equal(answer.status, 200);
    assert.equal(answer.headers['transfer-encoding'], undefined);
    assert.match(answer.body, /^data: \{/);
    assert.ok(answer.body.endsWith('data: [DONE]\n\n'));
  });

  test('HTTP/1.0 with keep-alive is kept alive when the length is known', async () => {
    const raw = await Raw.connect(daemon.url);
    const ask = request('GET', '/livez', { version: '1.0', headers: { Connection: 'keep-alive' } });

    const first = await raw.send(ask).response();

    assert.equal(first.headers.connection, 'keep-alive');
    assert.equal((await raw.send(ask).response()).status, 200);
    raw.destroy();
  });

  test('HEAD has the length of GET and no body', async () => {
    const raw = await Raw.connect(daemon.url);

    const head = await raw.send(request('HEAD', '/v1/models')).response({ method: 'HEAD' });
    const get = await raw.send(request('GET', '/v1/models')).response();

    assert.equal(head.status, 200);
    assert.equal(head.headers['content-length'], get.headers['content-length']);
    assert.equal(head.headers['content-type'], get.headers['content-type']);
    raw.destroy();
  });

  test('Expect: 100-continue is told to go on, or refused before the body is sent', async () => {
    const body = chat();
    const headers = {
      'Content-Type': 'application/json', 'Content-Length': String(body.length), Expect: '100-continue',
    };
    const raw = await Raw.connect(daemon.url);
    raw.send(request('POST', '/v1/chat/completions', { headers }));

    assert.equal((await raw.head()).status, 100);
    assert.equal((await raw.send(body).response()).status, 200);
    raw.destroy();

    for (const [status, changed] of [[401, { Authorization: 'Bearer wrong' }], [413, { 'Content-Length': '50000000' }]]) {
      const refused = await exchange(request('POST', '/v1/chat/completions', { headers: { ...headers, ...changed } }));
      assert.equal(refused.status, status);
    }
    await isServed();
  });

  test('Connection: close is honoured', async () => {
    const raw = await Raw.connect(daemon.url);
    const answer = await raw.send(postChat(chat(), { headers: { Connection: 'close' } })).response();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.connection, 'close');
    await raw.closed();
  });

  test('a request cut into single bytes is served', async () => {
    const raw = await Raw.connect(daemon.url);
    for (const byte of postChat()) {
      raw.send(Buffer.from([byte]));
      await new Promise((next) => setImmediate(next));
    }
    assert.equal((await raw.response()).status, 200);
    raw.destroy();
  });
});

describe('clients that take their time', () => {
  test('500 heads and bodies that never come cost little, and others are served meanwhile', async () => {
    const before = residentMib(daemon.child.pid);
    const partialHead = Buffer.from(`GET /v1/models HTTP/1.1\r\nHost: x\r\nX-Slow: `);
    const partialBody = request('POST', '/v1/chat/completions', {
      headers: { 'Content-Type': 'application/json', 'Content-Length': '1000' },
    });
    const slow = await Promise.all(Array.from({ length: 500 }, () => Raw.connect(daemon.url)));
    slow.forEach((raw, i) => raw.send(i % 2 ? partialHead : partialBody));

    for (let i = 0; i < 20; ++i) {
      slow.forEach((raw) => raw.send('a'));
      await isServed();
    }

    assert.ok(slow.every((raw) => !raw.ended), 'all of them are still waited for');
    const growth = residentMib(daemon.child.pid) - before;
    assert.ok(growth < bound(daemon.child.pid, 500 * 0.05, 40), `${growth.toFixed(1)} MiB for 500 slow clients`);
    slow.forEach((raw) => raw.destroy());
    await isServed();
  });

  test('a head that trickles is given up 15 s after its first byte', { timeout: 60_000 }, async () => {
    const raw = await Raw.connect(daemon.url);
    const began = performance.now();
    raw.send('GET /livez HTTP/1.1\r\nX-Slow: ');
    const trickle = setInterval(() => raw.send('a'), 500);

    try { await raw.closed(); } finally { clearInterval(trickle); }

    const waited = performance.now() - began;
    assert.ok(waited > 14_000 && waited < 25_000, `${waited} ms`);
    raw.destroy();
    await isServed();
  });

  // Over TCP it looks the same as one that has left, and what nobody waits for must not spend quota.
  test('a client that ends its sending side counts as gone', async () => {
    await simulator.reset();
    await simulator.fault({ kind: 'stall_before_head', times: 1 });
    const raw = await Raw.connect(daemon.url);
    raw.send(postChat());
    await simulator.wait('received');

    raw.socket.end();

    await simulator.wait('aborted');
    await raw.closed();
    assert.equal(raw.pending.length, 0, 'no half of an answer');
    await isServed();
  });

  test('a client that stops reading makes the platform wait, not the memory grow', async () => {
    await simulator.reset();
    // Ten times as much in events: more than the sockets on the way hold, and not more work than the simulator can do
    // under a sanitizer on a busy machine (four times this took it five minutes there).
    await simulator.fault({ kind: 'text', text: 'x'.repeat(8 << 20), times: 1 });
    const before = residentMib(daemon.child.pid);
    const raw = await Raw.connect(daemon.url);
    raw.socket.pause();
    raw.send(postChat(chat('much', { stream: true })));
    await simulator.wait('received');

    for (let i = 0; i < 5; ++i) await isServed();

    const growth = residentMib(daemon.child.pid) - before;
    assert.ok(growth < bound(daemon.child.pid, 16, 60), `${growth.toFixed(1)} MiB`);
    raw.reset();
    await simulator.wait('aborted');
    await isServed();
  });

  test('after everything the daemon is as small as it was', async () => {
    await eventually('memory to settle', () => residentMib(daemon.child.pid) < bound(daemon.child.pid, 120, 20));
    assert.ok(daemon.child.exitCode === null);
  });
});
