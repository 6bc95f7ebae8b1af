// The measuring half of scripts/bench-analytics: a daemon on a log of many rows, requests at a fixed rate, and every
// answer of the dashboard's pages beside them. Rounds with and without queries take turns in one run.

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';

import { Simulator } from '../sdk/harness.mjs';
import { Home, adminToken, chat, clientKey } from '../integration/support.mjs';

const [fill, rows = '1000000', rate = '200', rounds = '6', seconds = '10'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends, reads to the end, and tells how long it took. */
function timed(base, path, { method = 'GET', token, body } = {}) {
  const { hostname, port } = new URL(base);
  const began = performance.now();
  return new Promise((done, fail) => {
    const sent = httpRequest({ hostname, port, path, method, agent,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {}) } }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece));
      answer.on('end', () => done({ status: answer.statusCode, ms: performance.now() - began, text }));
    });
    sent.on('error', fail);
    sent.end(body);
  });
}

const at = (values, share) => [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)];
const shown = (value) => value.toFixed(value < 10 ? 2 : 1);

/** Requests at a fixed rate, each at its time whatever became of the one before; how long they took from that time on. */
async function proxied(daemon, ms) {
  const every = 1000 / Number(rate), began = performance.now();
  const running = [], times = [];
  let failed = 0;
  for (let i = 0; i * every < ms; ++i) {
    const due = began + i * every;
    const early = due - performance.now();
    if (early > 0) await new Promise((next) => setTimeout(next, early));
    const sent = performance.now();
    running.push(timed(daemon.url, '/v1/chat/completions', { method: 'POST', token: clientKey, body: chat('hello') })
      .then(({ status }) => { times.push(performance.now() - sent); failed += status === 200 ? 0 : 1; }));
  }
  await Promise.all(running);
  return { times, failed };
}

function questions(cursor, id) {
  const ranges = ['1h', '24h', '7d', '30d', '90d'];
  return [
    ...['summary', 'timeline', 'by-model', 'by-platform', 'by-key', 'errors'].flatMap((name) => ranges.map((range) => `/api/analytics/${name}?range=${range}`)),
    '/api/analytics/timeline?range=7d&platform=groq', '/api/analytics/timeline?range=90d&bucket=day&model_id=1',
    '/api/requests?limit=50', '/api/requests?limit=200', `/api/requests?limit=50&cursor=${cursor}`, '/api/requests?platform=groq', '/api/requests?model_id=150',
    '/api/requests?outcome=failed', '/api/requests?failover=true', `/api/requests/${id}`, '/metrics',
  ];
}

/** Every question in turn, one every 100 ms, until `isOver`; what each took goes into `times`. */
async function ask(daemon, list, times, isOver) {
  for (let i = times.asked ?? 0; !isOver(); ++i) {
    const path = list[i % list.length];
    const { status, ms } = await timed(daemon.url, path, { token: adminToken });
    if (status !== 200) throw new Error(`${path}: ${status}`);
    (times[path] ??= []).push(ms);
    times.asked = i + 1;
    await new Promise((next) => setTimeout(next, Math.max(0, 100 - ms)));
  }
}

const simulator = await Simulator.start();
// A custom endpoint has no limits, so that no request is refused.
const home = new Home(simulator, { keys: {}, custom: [{ name: 'bench', base_url: `${simulator.url}/bench/size=1024/v1`, models: ['bench'] }] });
try {
  await (await home.start()).stop();
  const began = performance.now();
  const filled = spawnSync(fill, [home.data, rows], { encoding: 'utf8' });
  if (filled.status !== 0) throw new Error(filled.stderr);
  const size = statSync(join(home.data, 'freellmapi.db')).size / 2 ** 20;
  console.log(`${filled.stdout.trim()} in ${shown((performance.now() - began) / 1000)} s; the database has ${size.toFixed(0)} MiB`);

  const daemon = await home.start({ args: ['--log-level', 'warn'] });
  const first = JSON.parse((await timed(daemon.url, '/api/requests?limit=200', { token: adminToken })).text);
  const list = questions(Math.floor(Number(rows) / 2), first.data[0].id);
  const warm = await proxied(daemon, 3000);
  if (warm.failed > 0) throw new Error(`${warm.failed} of the first ${warm.times.length} requests failed: nothing would be measured`);
  const p99 = { with: [], without: [] }, p50 = { with: [], without: [] }, times = {};
  let failed = 0;
  for (let round = 0; round < Number(rounds); ++round) {
    for (const kind of round % 2 ? ['with', 'without'] : ['without', 'with']) {
      let isOver = false;
      const load = proxied(daemon, Number(seconds) * 1000).finally(() => { isOver = true; });
      if (kind === 'with') await ask(daemon, list, times, () => isOver);
      const result = await load;
      failed += result.failed;
      p99[kind].push(at(result.times, 0.99));
      p50[kind].push(at(result.times, 0.5));
    }
  }
  // Every question was asked, however slow the machine: the rest beside the load, too.
  while (list.some((path) => (times[path]?.length ?? 0) < 5)) {
    const load = proxied(daemon, 5000);
    let isOver = false;
    void load.finally(() => { isOver = true; });
    await ask(daemon, list, times, () => isOver);
    await load;
  }
  delete times.asked;
  console.log('\n| answer | median ms | slowest ms |\n|---|---|---|');
  for (const path of list) console.log(`| \`${path.replace(first.data[0].id, 'ID')}\` | ${shown(at(times[path], 0.5))} | ${shown(Math.max(...times[path]))} |`);
  const slowest = Math.max(...list.map((path) => at(times[path], 0.5)));
  const change = (at(p99.with, 0.5) / at(p99.without, 0.5) - 1) * 100;
  console.log(`\nslowest median ${shown(slowest)} ms; ${failed} of the proxied requests failed`);
  for (const kind of ['without', 'with']) console.log(`${rate} requests/s ${kind} queries: p50 ${shown(at(p50[kind], 0.5))} ms, p99 ${shown(at(p99[kind], 0.5))} ms (median of ${rounds} rounds: ${p99[kind].map(shown).join(', ')})`);
  console.log(`p99 with queries: ${change >= 0 ? '+' : ''}${change.toFixed(1)} %`);
  await daemon.stop();
} finally {
  await home.remove();
  await simulator.stop();
}
