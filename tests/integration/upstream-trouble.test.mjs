// What platforms and clients do to a request under way: leaving, stalling, breaking, promising; and that every
// event of a stream reaches the client when it happened.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { Daemon, Simulator, quickest } from '../sdk/harness.mjs';
import { Raw, bound, chat, complete, decodeChunks, eventually, postChat, request } from './support.mjs';

let simulator;
before(async () => { simulator = await Simulator.start(); });
after(() => simulator?.stop());

const impatient = { first_byte_timeout: '1s', stall_timeout: '1s' };
/** The routing record of a request that was answered a moment ago; it is kept once the answer is on its way. */
const explained = (daemon, id) => eventually('the routing record', async () => {
  const found = await daemon.fetch(`/v1/requests/${id}/explain`);
  const record = await found.json();
  return found.status === 404 ? undefined : record;
});

describe('a client that leaves', () => {
  let daemon;
  before(async () => { daemon = await Daemon.start(simulator, { keys: { groq: 'sim-groq-0001' } }); });
  after(() => daemon?.stop());
  beforeEach(() => simulator.reset());

  for (const [when, stream, fault] of [
    ['before the head of the answer', false, { kind: 'stall_before_head' }],
    ['before the first token of a stream', true, { kind: 'stall_after_head' }],
    ['in the middle of a stream', true, { kind: 'stall_mid_stream', after_events: 3 }],
  ]) {
    test(`${when}: the platform sees it within 100 ms, nothing is benched, the log says 499`, async () => {
      const limit = bound(daemon.child.pid, 100, 5);
      const took = await quickest(limit, async (run) => {
        await simulator.reset();
        await simulator.fault({ ...fault, times: 1 });
        const id = `left-${fault.kind}-${run}`;
        const raw = await Raw.connect(daemon.url);
        raw.send(postChat(chat('a long story please', { stream }), { headers: { 'X-Request-Id': id } }));
        await simulator.wait('received', { platform: 'groq' });
        if (fault.after_events) await raw.until('some events', () => raw.pending.includes('data: '));

        const began = performance.now();
        raw.reset();
        await simulator.wait('aborted', { platform: 'groq' });
        const ended = performance.now();

        const line = await eventually('the access line', () => daemon.child.log.find((text) => text.includes(`req=${id} `) && text.includes('status=')));
        // What the client had got of a stream was a 200; before that nobody was told anything.
        assert.match(line, fault.after_events ? /client_closed_request/ : /status=499/);
        const next = await complete(daemon);
        assert.equal(next.status, 200);
        assert.equal(next.headers.get('x-fallback-attempts'), '0');
        return ended - began;
      });
      assert.ok(took < limit, `${took.toFixed(0)} ms`);
    });
  }
});

describe('a platform that stalls', () => {
  // The one that is asked first is the one that stalls, and the only one with little patience granted: the other's
  // answer may take as long as a busy machine needs for it. Penalties change the order, so each test begins anew.
  const keys = { groq: 'sim-groq-0001', cerebras: 'sim-cerebras-0001' };
  let daemon, first;
  before(async () => {
    await simulator.reset();
    const other = await Daemon.start(simulator, { keys });
    const answer = await complete(other);
    await answer.text();
    [first] = answer.headers.get('x-routed-via').split('/');
    await other.stop();
  });
  beforeEach(async () => {
    await simulator.reset();
    daemon = await Daemon.start(simulator, { keys, options: { [first]: impatient } });
  });
  afterEach(async () => {
    await daemon?.stop();
    daemon = undefined;
  });

  for (const kind of ['stall_before_head', 'stall_after_head']) {
    for (const stream of [false, true]) {
      test(`${kind}, ${stream ? 'streamed' : 'whole'}: another one answers after a second`, async () => {
        await simulator.fault({ kind, platform: first, times: 1 });
        const began = performance.now();

        const answer = await complete(daemon, { stream });

        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('x-fallback-attempts'), '1');
        assert.match(answer.headers.get('x-fallback-trail'), new RegExp(`^${first}/[^=]+=timed_out$`));
        const body = await answer.text();
        assert.ok(stream ? body.endsWith('data: [DONE]\n\n') : JSON.parse(body).choices[0].message.content);
        const took = performance.now() - began;
        assert.ok(took > 900 && took < 20_000, `${took} ms, not the default of 60 s`);
        await simulator.wait('aborted');
      });
    }
  }

  for (const kind of ['stall_mid_stream', 'cut_mid_stream', 'reset_mid_stream']) {
    test(`${kind}: the client is told inside the stream and gets no [DONE]`, async () => {
      await simulator.fault({ kind, platform: first, after_events: 4, times: 1 });
      await simulator.fault({ kind: 'hold', platform: first, after_events: 4, times: 1 });
      const raw = await Raw.connect(daemon.url);
      raw.send(postChat(chat('a long story please', { stream: true })));

      const head = await raw.head();
      await simulator.release();
      await raw.closed();

      assert.equal(head.status, 200);
      const { body, complete: isComplete } = decodeChunks(raw.pending);
      assert.equal(isComplete, true, 'the body ends whole: a client that sees it cut off may drop the frame that says why');
      const events = body.toString().split('\n\n').filter(Boolean);
      const { error } = JSON.parse(events.at(-1).replace(/^data: /, ''));
      assert.equal(error.type, 'server_error');
      assert.ok(error.message.length > 20);
      assert.ok(events.length > 1, 'what had come was passed on');
      assert.ok(!body.includes('[DONE]'));
      assert.equal((await complete(daemon)).status, 200);
    });
  }

  for (const kind of ['close_before_head', 'reset_before_head', 'garbage', 'html', 'empty_answer', 'close_after_head', 'error_in_200']) {
    test(`${kind}: nobody but the log notices`, async () => {
      await simulator.fault({ kind, platform: first, times: 1 });

      const answer = await complete(daemon, { stream: true });

      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('x-fallback-attempts'), '1');
      assert.ok((await answer.text()).endsWith('data: [DONE]\n\n'));
    });
  }
});

test('silence longer than 15 s in a stream sends a comment', { timeout: 90_000 }, async () => {
  await simulator.reset();
  const daemon = await Daemon.start(simulator, { keys: { groq: 'sim-groq-0001' }, options: { groq: { stall_timeout: '60s' } } });
  try {
    await simulator.fault({ kind: 'stall_mid_stream', after_events: 3, times: 1 });
    const raw = await Raw.connect(daemon.url);
    raw.send(postChat(chat('a long story please', { stream: true })));
    await raw.head();

    await raw.until('keep-alive comment', () => decodeChunks(raw.pending).body.includes(': keep-alive\n\n'));

    const [last, before] = [raw.reads.at(-1), raw.reads.at(-2)];
    const silence = last.at - before.at;
    assert.ok(silence > 13_000 && silence < 25_000, `${silence} ms of silence`);
    raw.reset();
  } finally {
    await daemon.stop();
  }
});

describe('progressive delivery', () => {
  let daemon;
  before(async () => { daemon = await Daemon.start(simulator, { keys: { groq: 'sim-groq-0001', google: 'sim-google-0001' } }); });
  after(() => daemon?.stop());
  beforeEach(() => simulator.reset());

  const dataOf = (text) => [...text.matchAll(/^data: (\{.*\})\s*$/gm)].map(([, json]) => JSON.parse(json));
  /** The words in what a platform sends. */
  const wordsOf = (bytes) => dataOf(bytes).map((event) => event.choices?.[0]?.delta.content
    ?? event.candidates?.[0]?.content?.parts?.filter((part) => !part.thought).map((part) => part.text ?? '').join('') ?? '').join('');
  /** The chunks of the client's answer that hold words, as words. */
  const heard = (raw) => {
    const bytes = Buffer.concat(raw.reads.map((read) => read.bytes));
    const head = bytes.indexOf('\r\n\r\n');
    return head < 0 ? [] : decodeChunks(bytes.subarray(head + 4)).chunks.map((chunk) => wordsOf(chunk.toString())).filter(Boolean);
  };

  for (const platform of ['groq', 'google']) {
    test(`${platform}: each upstream event reaches the client before the next is sent, the first one with the head`, async () => {
      await simulator.fault({ kind: 'text', text: 'one two three four five six seven eight nine ten' });
      await simulator.fault({ kind: 'hold', after_events: 0, every: true });
      const models = (await (await daemon.fetch('/v1/models')).json()).data;
      const served = models.flatMap((model) => model.platforms).find((each) => each.platform === platform);
      const raw = await Raw.connect(daemon.url);
      raw.send(postChat(chat('count', { stream: true, model: `${platform}/${served.model}` })));
      await simulator.wait('received');

      const sent = [];
      for (let [bytes] = await simulator.release(); bytes; [bytes] = await simulator.release()) {
        const words = wordsOf(bytes);
        if (!words) continue;
        sent.push(words);
        await raw.until(`word ${sent.length}`, () => heard(raw).length === sent.length);
      }
      await raw.until('the end', () => raw.pending.toString('latin1').endsWith('0\r\n\r\n'));

      assert.ok(sent.length >= 4, `only ${sent.length} events with words`);
      assert.deepEqual(heard(raw), sent);
      assert.match(raw.reads[0].bytes.toString(), /^HTTP\/1\.1 200 [^]*\r\n\r\n[0-9a-f]+\r\ndata: /, 'head and first chunk in one write');
      raw.destroy();
    });
  }
});

describe('pooled connections', () => {
  let upstream, daemon, sockets;

  before(async () => {
    sockets = new Set();
    upstream = http.createServer((asked, answer) => {
      asked.resume();
      asked.on('end', () => {
        answer.setHeader('Content-Type', 'application/json');
        answer.end(JSON.stringify({
          id: 'x', object: 'chat.completion', created: 1, model: 'm',
          choices: [{ index: 0, message: { role: 'assistant', content: 'fine' }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
        }));
      });
    });
    upstream.keepAliveTimeout = 60_000;
    upstream.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    await new Promise((done) => upstream.listen(0, '127.0.0.1', done));
    daemon = await Daemon.start(simulator, {
      keys: { groq: 'sim-groq-0001' }, sections: { server: { workers: 1 } },
      baseUrls: { groq: `http://127.0.0.1:${upstream.address().port}/openai/v1` },
    });
  });
  after(async () => {
    await daemon?.stop();
    upstream.closeAllConnections();
    upstream.close();
  });

  const served = async () => {
    const answer = await complete(daemon);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('x-fallback-attempts'), '0');
    await answer.json();
  };

  test('are used again', async () => {
    await served();
    const [first] = sockets;
    await served();
    assert.deepEqual([...sockets], [first]);
  });

  test('that the platform closed while idle are replaced without an attempt', async () => {
    await served();
    const [old] = sockets;
    old.end();
    await new Promise((done) => old.once('close', done));

    await served();
  });

  test('that the platform resets at the moment of use are replaced without an attempt', async () => {
    await served();
    const [old] = sockets;
    old.removeAllListeners('data');
    old.once('data', () => old.resetAndDestroy());

    await served();

    assert.ok(!sockets.has(old));
  });
});

describe('answers that NVIDIA promises for later', () => {
  let daemon;
  before(async () => {
    daemon = await Daemon.start(simulator, { keys: { nvidia: 'sim-nvidia-0001' }, options: { nvidia: { first_byte_timeout: '4s' } } });
  });
  after(() => daemon?.stop());
  beforeEach(() => simulator.reset());

  for (const stream of [false, true]) {
    test(`are fetched, ${stream ? 'streamed' : 'whole'}`, async () => {
      await simulator.fault({ kind: 'pending', polls: 2, times: 1 });

      const answer = await complete(daemon, { stream });

      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('x-fallback-attempts'), '0');
      const body = await answer.text();
      assert.ok(stream ? body.endsWith('data: [DONE]\n\n') : JSON.parse(body).choices[0].message.content);
      assert.equal((await simulator.chats({ platform: 'nvidia' })).length, 1, 'the question was asked once');
    });
  }

  for (const stream of [false, true]) {
    test(`that never come are given up at the first-byte limit, ${stream ? 'streamed' : 'whole'}`, async () => {
      await simulator.fault({ kind: 'pending', polls: 1000 });
      const began = performance.now();

      const answer = await complete(daemon, { stream });

      assert.ok([502, 504].includes(answer.status), `${answer.status}`);
      assert.equal((await answer.json()).error.type, 'server_error');
      const took = performance.now() - began;
      const asked = (await simulator.chats({ platform: 'nvidia' })).length;
      assert.ok(took < asked * 20_000, `${took} ms for ${asked} attempts, not the default of 60 s each`);
    });
  }

  test('are not waited for once the client has left', async () => {
    await simulator.fault({ kind: 'pending', polls: 1000 });
    const raw = await Raw.connect(daemon.url);
    raw.send(postChat(chat(), { headers: { 'X-Request-Id': 'left-promise' } }));
    await simulator.wait('finished', { platform: 'nvidia' });

    raw.reset();

    const line = await eventually('the access line', () => daemon.child.log.find((text) => text.includes('req=left-promise ')));
    assert.match(line, /status=499/);
  });
});

describe('browsers', () => {
  beforeEach(() => simulator.reset());
  const origin = 'https://app.example';
  const preflight = (from) => request('OPTIONS', '/v1/chat/completions', {
    headers: { Authorization: null, Origin: from, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization,x-stainless-os' },
  });

  test('on a configured origin may call /v1, and nothing else', async () => {
    const daemon = await Daemon.start(simulator, { keys: { groq: 'sim-groq-0001' }, sections: { server: { cors_origins: [origin] } } });
    try {
      const raw = await Raw.connect(daemon.url);
      const allowed = await raw.send(preflight(origin)).response();
      assert.equal(allowed.status, 204);
      assert.equal(allowed.headers['access-control-allow-origin'], origin);
      assert.match(allowed.headers['access-control-allow-methods'], /POST/);
      assert.match(allowed.headers['access-control-allow-headers'], /x-stainless-os/);
      assert.equal(allowed.headers['content-length'], undefined);

      const answer = await raw.send(postChat(chat(), { headers: { Origin: origin } })).response();
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['access-control-allow-origin'], origin);
      assert.match(answer.headers['access-control-expose-headers'], /X-Routed-Via/);
      assert.equal(answer.headers['access-control-allow-credentials'], undefined);

      const refused = await raw.send(postChat(chat(), { headers: { Origin: origin, Authorization: 'Bearer wrong' } })).response();
      assert.equal(refused.status, 401);
      raw.destroy();
      const other = await Raw.connect(daemon.url);
      const stranger = await other.send(preflight('https://evil.example')).response();
      assert.equal(stranger.status, 405);
      assert.equal(stranger.headers['access-control-allow-origin'], undefined);
      assert.equal(stranger.headers.vary, 'Origin');
      const outside = await other.send(request('GET', '/livez', { headers: { Origin: origin } })).response();
      assert.equal(outside.headers['access-control-allow-origin'], undefined);
      other.destroy();
    } finally {
      await daemon.stop();
    }
  });

  test('may call nothing by default', async () => {
    const daemon = await Daemon.start(simulator, { keys: { groq: 'sim-groq-0001' } });
    try {
      const raw = await Raw.connect(daemon.url);
      assert.equal((await raw.send(preflight(origin)).response()).status, 405);
      const answer = await raw.send(request('GET', '/v1/models', { headers: { Origin: origin } })).response();
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
      raw.destroy();
    } finally {
      await daemon.stop();
    }
  });
});

test('the routing record of a request tells what was tried', async () => {
  await simulator.reset();
  const daemon = await Daemon.start(simulator, { keys: { groq: 'sim-groq-0001', cerebras: 'sim-cerebras-0001' } });
  try {
    await simulator.fault({ kind: 'status', status: 503, times: 1 });
    const answer = await complete(daemon);
    assert.equal(answer.status, 200);
    const record = await explained(daemon, answer.headers.get('x-request-id'));
    assert.equal(record.attempts.length, 2);
  } finally {
    await daemon.stop();
  }
});
