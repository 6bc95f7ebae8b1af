// Upstreams that speak HTTP and event streams in every way but the usual one: what is legal is understood, what
// is not is refused, and neither holds the daemon up. One raw TCP server plays all of them; each is a custom
// endpoint of its own, so that one's failure benches no other.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { Daemon, Simulator, repository } from '../sdk/harness.mjs';
import { chat, complete, eventually } from './support.mjs';

const whole = JSON.stringify({
  id: 'x', object: 'chat.completion', created: 1, model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'fine' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
const delta = (content, finish = null) => JSON.stringify({ choices: [{ index: 0, delta: content ? { content } : {}, finish_reason: finish }] });
const events = `data: ${delta('fi')}\n\ndata: ${delta('ne', 'stop')}\n\ndata: [DONE]\n\n`;
const ok = (body, more = '', type = 'application/json') => `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n`;
const json = ok(whole) + whole;
const sse = (body) => ok(body, '', 'text/event-stream') + body;
const chunk = (text, extension = '') => `${Buffer.byteLength(text).toString(16)}${extension}\r\n${text}\r\n`;
const until = (socket, bytes) => socket.end(bytes);

/** What each upstream answers: bytes, or a function of the socket. */
const understood = {
  'interim-responses': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${json}`,
  'http-1-0-until-close': (socket) => until(socket, `HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n${whole}`),
  'chunks-with-extensions-and-trailers': `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(whole.slice(0, 7), ';a="b"')}${chunk(whole.slice(7))}0\r\nX-Trailer: 1\r\n\r\n`,
  'connection-close': (socket) => until(socket, ok(whole, 'Connection: close\r\n') + whole),
  'pretty-json-after-white-space': (() => { const body = ` \n\n ${JSON.stringify(JSON.parse(whole), null, 2)}`; return ok(body) + body; })(),
  'no-content-type': `HTTP/1.1 200 OK\r\nContent-Length: ${whole.length}\r\n\r\n${whole}`,
  'a-stream-for-a-whole-answer': sse(events),
  'single-bytes': (socket) => { for (const byte of Buffer.from(json)) socket.write(Buffer.from([byte])); },
};
const understoodStreams = {
  'crlf': sse(events.replaceAll('\n', '\r\n')),
  'bare-cr': sse(events.replaceAll('\n', '\r')),
  'byte-order-mark-and-comments': sse(`\ufeff: hello\n\n:\n\n${events}`),
  'no-space-behind-the-colon': sse(events.replaceAll('data: ', 'data:')),
  'names-ids-and-retries': sse(`retry: 10\nid: 7\nevent: message\n${events}`),
  'data-in-several-lines': sse(`data: {"choices":\ndata: [{"index":0,"delta":{"content":"fine"},\ndata: "finish_reason":"stop"}]}\n\n`),
  'no-done-and-no-last-blank-line': sse(`data: ${delta('fi')}\n\ndata: ${delta('ne', 'stop')}\n`),
  'a-broken-event-between': sse(`data: ${delta('fi')}\n\ndata: {"choices": [\n\ndata: ${delta('ne', 'stop')}\n\ndata: [DONE]\n\n`),
  'empty-events': sse(`data:\n\ndata: \n\n${'data:\n\n'.repeat(9)}${events}`),
  'json-for-a-stream': json,
  'two-choices-of-usage': sse(`data: ${delta('fine', 'stop')}\n\ndata: {"choices":null,"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}\n\ndata: [DONE]\n\n`),
};
const refused = {
  'no-content': 'HTTP/1.1 204 No Content\r\n\r\n',
  'redirect': 'HTTP/1.1 302 Found\r\nLocation: /understood\r\nContent-Length: 0\r\n\r\n',
  'compressed': (socket) => { const body = gzipSync(whole); socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`), body])); },
  'other-transfer-coding': `HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n${chunk(whole)}0\r\n\r\n`,
  'switching-protocols': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n',
  'cut-short': (socket) => until(socket, json.slice(0, -9)),
  'cut-in-a-chunk': (socket) => until(socket, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n${whole}`),
  'endless-head': (socket) => until(socket, `HTTP/1.1 200 OK\r\n${'X-Filler: aaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(4000)}`),
  'not-http': (socket) => until(socket, 'SSH-2.0-OpenSSH_9.2\r\n'),
  'status-nonsense': 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n',
  'html': (() => { const page = '<html>nginx</html>'; return ok(page, '', 'text/html') + page; })(),
  'overlong-chunk-size': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n',
};

let simulator, upstream, daemon, asked;
const sockets = new Set();
const special = {
  /** Refuses the body before it has read it. */
  'early-refusal': (socket) => {
    const body = '{"error":{"message":"Request body too large","code":"request_too_large"}}';
    socket.pause();
    socket.write(`HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`, () => socket.destroy());
  },
  /** Says [DONE], and never ends its body. */
  'never-ends': `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(events)}`,
};
/** A reasoning model that had no token left for its answer. */
const thought = JSON.stringify({
  choices: [{ index: 0, message: { role: 'assistant', content: '', reasoning_content: 'Hm' }, finish_reason: 'length' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
/** Two consoles of one platform with keys of their own. */
const wrongKey = '{"error":{"code":"1000","message":"Authentication Failed"}}';
special['wrong-console'] = `HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: ${wrongKey.length}\r\n\r\n${wrongKey}`;
special['right-console'] = json;
special.unwell = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n';
special.thought = ok(thought) + thought;
const all = { ...understood, ...understoodStreams, ...refused, ...special };

before(async () => {
  asked = [];
  upstream = net.createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
      const [, name] = heard.match(/^(?:POST|GET) \/([^/]+)\/(?:chat\/completions|models) /) ?? [];
      const [, length] = heard.match(/\r\ncontent-length: (\d+)/i) ?? [];
      const head = heard.indexOf('\r\n\r\n');
      if (head < 0) return;
      if (name !== 'early-refusal' && heard.length < head + 4 + Number(length)) return;
      asked.push(heard.slice(0, heard.indexOf('\r\n')));
      heard = '';
      const script = all[name];
      if (typeof script === 'function') script(socket); else socket.write(script ?? 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    });
  });
  await new Promise((done) => upstream.listen(0, '127.0.0.1', done));
  simulator = await Simulator.start();
  daemon = await Daemon.start(simulator, {
    sections: { server: { workers: 1, drain_timeout: '2s' } },
    custom: Object.keys(all).map((name) => ({ name, base_url: `http://127.0.0.1:${upstream.address().port}/${name}`, models: ['m'] })),
  });
});
after(async () => {
  await daemon?.stop();
  await simulator?.stop();
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => upstream.close(done));
});

async function textOf(answer, stream) {
  assert.equal(answer.status, 200, stream ? undefined : await answer.clone().text());
  if (!stream) return (await answer.json()).choices[0].message.content;
  const body = await answer.text();
  assert.ok(body.endsWith('data: [DONE]\n\n'), body);
  return body.split('\n\n').filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)).choices[0]?.delta?.content ?? '').join('');
}

describe('understood', () => {
  for (const name of Object.keys(understood)) {
    for (const stream of [false, true]) {
      test(`${name}, ${stream ? 'streamed' : 'whole'}`, async () => {
        assert.equal(await textOf(await complete(daemon, { model: `${name}/m`, stream }), stream), 'fine');
      });
    }
  }
  for (const name of Object.keys(understoodStreams)) {
    test(`${name}, streamed`, async () => {
      assert.equal(await textOf(await complete(daemon, { model: `${name}/m`, stream: true }), true), 'fine');
    });
  }
});

describe('refused', () => {
  for (const name of Object.keys(refused)) {
    test(`${name}: 502 in our own words`, async () => {
      const before = asked.length;
      const answer = await complete(daemon, { model: `${name}/m` });
      const { error } = await answer.json();
      assert.equal(answer.status, 502, JSON.stringify(error));
      assert.equal(error.code, 'upstream_failed');
      assert.ok(asked.slice(before).every((line) => line.startsWith(`POST /${name}/chat/completions `)), `nothing was followed: ${asked.slice(before)}`);
    });
  }
});

test('an upstream that refuses a large body before reading it is heard', async () => {
  const answer = await daemon.fetch('/v1/chat/completions', {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: chat('x'.repeat(12 << 20), { model: 'early-refusal/m' }),
  });
  const { error } = await answer.json();
  assert.equal(answer.status, 400, JSON.stringify(error));
  assert.equal(error.code, 'context_length_exceeded');
  assert.ok(asked.some((line) => line.includes('/early-refusal/')), 'it was asked');
});

test('no word within the few tokens that were asked for is an answer, within many it is none', async () => {
  const few = await complete(daemon, { model: 'thought/m', max_tokens: 1 });
  const many = await complete(daemon, { model: 'thought/m', max_tokens: 1000 });

  assert.equal(few.status, 200);
  assert.equal((await few.json()).choices[0].finish_reason, 'length');
  assert.equal(many.status, 502);
});

/** A daemon whose Zhipu stands at these two. */
function withConsoles(...names) {
  const urls = names.map((name) => `http://127.0.0.1:${upstream.address().port}/${name}`);
  const catalog = JSON.parse(readFileSync(join(repository, 'config/catalog.json')));
  const zhipu = catalog.platforms.find(({ slug }) => slug === 'zhipu');
  Object.assign(zhipu, { base_url: urls[0], alternate_base_urls: urls.slice(1) });
  return Daemon.start(simulator, { keys: { zhipu: 'id.secret' }, catalog, baseUrls: { zhipu: null } });
}

test('a key is condemned when every console refuses it, not while one is unwell', async () => {
  for (const [consoles, state] of [[['wrong-console', 'wrong-console'], 'invalid'], [['unwell', 'wrong-console'], 'unverifiable'], [['wrong-console', 'right-console'], 'valid']]) {
    const other = await withConsoles(...consoles);
    try {
      const keys = async () => (await (await other.admin('/api/keys')).json()).data;
      const [{ id }] = await keys();
      assert.equal((await other.admin(`/api/keys/${id}/test`, { method: 'POST' })).status, 202);
      const checked = await eventually('the verdict', async () => (await keys()).find((key) => key.last_checked_at));
      assert.equal(checked.state, state, JSON.stringify(checked));
    } finally {
      await other.stop();
    }
  }
});

test('a key of the other console is served there, and from then on there at once', async () => {
  const other = await withConsoles('wrong-console', 'right-console');
  try {
    const begun = asked.length;
    for (const attempts of [2, 1]) {
      const before = asked.length;
      const answer = await complete(other, { model: 'zhipu/glm-4.7-flash' });
      assert.equal(answer.headers.get('x-fallback-attempts'), '0');
      assert.equal(await textOf(answer, false), 'fine');
      assert.equal(asked.length - before, attempts);
    }
    assert.match(asked[begun], /wrong-console/);
  } finally {
    await other.stop();
  }
});

test('an upstream that never ends its answer does not keep the daemon from ending', async () => {
  assert.equal(await textOf(await complete(daemon, { model: 'never-ends/m', stream: true }), true), 'fine');
  assert.equal(await daemon.stop(), 0, 'it went by itself: who has to be killed has no exit code');
});
