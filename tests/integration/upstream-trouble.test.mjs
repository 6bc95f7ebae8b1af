// What platforms and clients do to a request under way: leaving, stalling, breaking, promising; and that every
// event of a stream reaches the client when it happened.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';

import { Daemon, Simulator } from '../sdk/harness.mjs';
import { Raw, bound, chat, complete, decodeChunks, eventually, postChat, request } from './support.mjs';

let simulator;
before(async () => { simulator = await Simulator.start(); });
after(() => simulator?.stop());

const impatient = { first_byte_timeout: '1s', stall_timeout: '1s' };
const explained = async (daemon, id) => (await daemon.fetch(`/v1/requests/${id}/explain`)).json();

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
      await simulator.fault({ ...fault, times: 1 });
      const id = `left-${fault.kind}`;
      const raw = await Raw.connect(daemon.url);
      raw.send(postChat(chat('a long story please', { stream }), { headers: { 'X-Request-Id': id } }));
      await simulator.wait('received', { platform: 'groq' });
      if (fault.after_events) await raw.until('some events', () => raw.pending.includes('data: '));

      const began = performance.now();
      raw.reset();
      await simulator.wait('aborted', { platform: 'groq' });

      const took = performance.now() - began;
      assert.ok(took < bound(daemon.child.pid, 100, 5), `${took.toFixed(0)} ms`);
      const line = await eventually('the access line', () => daemon.child.log.find((text) => text.includes(`req=${id} `) && text.includes('status=')));
      // What the client had got of a stream was a 200; before that nobody was told anything.
      assert.match(line, fault.after_events ? /client_closed_request/ : /status=499/);
      const next = await complete(daemon);
      assert.equal(next.status, 200);
      assert.equal(next.headers.get('x-fallback-attempts'), '0');
    });
  }
});

describe('a platform that stalls', () => {
  let daemon;
  before(async () => {
    daemon = await Daemon.start(simulator, {
      keys: { groq: 'sim-groq-0001', cerebras: 'sim-cerebras-0001' },
      options: { groq: impatient, cerebras: impatient },
    });
  });
  after(() => daemon?.stop());
  beforeEach(() => simulator.reset());

  for (const kind of ['stall_before_head', 'stall_after_head']) {
    for (const stream of [false, true]) {
      test(`${kind}, ${stream ? 'streamed' : 'whole'}: another one answers after a second`, async () => {
        await simulator.fault({ kind, times: 1 });
        const began = performance.now();

        const answer = await complete(daemon, { stream });

        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('x-fallback-attempts'), '1');
        assert.match(answer.headers.get('x-fallback-trail'), /^[a-z]+\/[^=]+=timed_out$/);
        const body = await answer.text();
        assert.ok(stream ? body.endsWith('data: [DONE]\n\n') : JSON.parse(body).choices[0].message.content);
        const took = performance.now() - began;
        assert.ok(took > 900 && took < 4000, `${took} ms`);
        await simulator.wait('aborted');
      });
    }
  }

  for (const kind of ['stall_mid_stream', 'cut_mid_stream', 'reset_mid_stream']) {
    test(`${kind}: the client is told inside the stream and gets no [DONE]`, async () => {
      await simulator.fault({ kind, after_events: 4, times: 1 });
      const raw = await Raw.connect(daemon.url);
      raw.send(postChat(chat('a long story please', { stream: true })));

      const head = await raw.head();
      await raw.closed();

      assert.equal(head.status, 200);
      const { body, complete: isComplete } = decodeChunks(raw.pending);
      assert.equal(isComplete, false, 'no last chunk either: HTTP clients see the break too');
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
      await simulator.fault({ kind, times: 1 });

      const answer = await complete(daemon, { stream: true });

      assert.equal(answer.status, 200);
      // A connection from the pool that breaks before its answer is replaced without counting.
      const isFree = ['close_before_head', 'reset_before_head', 'garbage'].includes(kind);
      assert.ok((isFree ? ['0', '1'] : ['1']).includes(answer.headers.get('x-fallback-attempts')));
      assert.ok((await answer.text()).endsWith('data: [DONE]\n\n'));
    });
  }
});

test('silence longer than 15 s in a stream sends a comment', { timeout: 40_000 }, async () => {
  await simulator.reset();
  const daemon = await Daemon.start(simulator, { keys: { groq: 'sim-groq-0001' }, options: { groq: { stall_timeout: '60s' } } });
  try {
    await simulator.fault({ kind: 'stall_mid_stream', after_events: 3, times: 1 });
    const raw = await Raw.connect(daemon.url);
    raw.send(postChat(chat('a long story please', { stream: true })));
    await raw.head();

    await raw.until('keep-alive comment', () => decodeChunks(raw.pending).body.includes(': keep-alive\n\n'), 20_000);

    const [last, before] = [raw.reads.at(-1), raw.reads.at(-2)];
    assert.ok(Math.abs(last.at - before.at - 15_000) < 1_000, `${last.at - before.at} ms of silence`);
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

  for (const platform of ['groq', 'google']) {
    test(`${platform}: each upstream event is one read of the client, the first one comes with the head`, async () => {
      await simulator.pace({ tokens_per_second: 40 });
      await simulator.fault({ kind: 'text', text: 'one two three four five six seven eight nine ten' });
      const models = (await (await daemon.fetch('/v1/models')).json()).data;
      const served = models.flatMap((model) => model.platforms).find((each) => each.platform === platform);
      const raw = await Raw.connect(daemon.url);
      raw.send(postChat(chat('count', { stream: true, model: `${platform}/${served.model}` })));

      const head = await raw.head();
      await raw.until('the end', () => raw.pending.toString('latin1').endsWith('0\r\n\r\n'), 15_000);

      assert.equal(head.status, 200);
      assert.match(raw.reads[0].bytes.toString(), /\r\n\r\n[0-9a-f]+\r\ndata: /, 'head and first chunk in one write');
      const { chunks } = decodeChunks(raw.pending);
      const contents = chunks.map((chunk) => chunk.toString().split('\n\n').filter((event) => event.includes('"content":"') && !event.includes('"content":""')));
      assert.ok(contents.every((events) => events.length <= 1), 'no two events were held back for one write');
      assert.ok(contents.filter((events) => events.length === 1).length >= 4, `only ${contents.flat().length} events with content`);
      const gaps = raw.reads.slice(1).map((read, i) => read.at - raw.reads[i].at);
      assert.ok(gaps.filter((gap) => gap > 5).length >= 3, `reads came ${gaps.map((gap) => gap.toFixed(0))} ms apart`);
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

  test('that never come are given up at the first-byte limit', async () => {
    await simulator.fault({ kind: 'pending', polls: 1000 });
    const began = performance.now();

    const answer = await complete(daemon);

    assert.ok([502, 504].includes(answer.status), `${answer.status}`);
    await answer.json();
    const took = performance.now() - began;
    const asked = (await simulator.chats({ platform: 'nvidia' })).length;
    assert.ok(took < asked * 6_000, `${took} ms for ${asked} attempts`);
  });

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
