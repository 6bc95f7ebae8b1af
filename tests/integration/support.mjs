// What the integration tests share: a raw HTTP client that sees every byte and every read, the command line
// of the daemon, and a data directory that outlives it.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { configuration, daemonBinary, firstLine, platforms, sanitizerOptions, stop, stopCleanly } from '../sdk/harness.mjs';

export const adminToken = 'admin-token-for-tests-0123456789';
export const clientKey = `freellmapi-${'0123456789abcdef'.repeat(3)}`;

// Bounds on waits for what must come; nothing takes longer because they are long. A machine that swaps, a slow disk and a
// sanitizer are slower than anybody's guess, and only a failure is ever waited for to the end.
const kPatienceMs = 30_000;

/** Asks `holds` until it says yes; fails after `patience`. For what no event tells. What it throws is a failure at once. */
export async function eventually(what, holds, patience = kPatienceMs) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${patience} ms in vain for: ${what}`);
    await new Promise((next) => setTimeout(next, 5));
  }
}

/** Resident memory of a process in MiB. */
export function residentMib(pid) {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;
}

/** `value` for the build that ships; a sanitizer keeps freed memory and takes its time, so it gets `factor` times that. */
export function bound(pid, value, factor) {
  return /lib[at]san/.test(readFileSync(`/proc/${pid}/maps`, 'utf8')) ? value * factor : value;
}

/** One TCP connection to the daemon. Every read is kept with its time, so that tests can look at the cuts. */
export class Raw {
  static connect(url) {
    const { hostname, port } = new URL(url);
    return new Promise((done, fail) => {
      const socket = net.connect({ host: hostname, port: Number(port), noDelay: true, allowHalfOpen: true });
      socket.once('error', fail);
      socket.once('connect', () => {
        socket.off('error', fail);
        done(new Raw(socket));
      });
    });
  }

  constructor(socket) {
    this.socket = socket;
    this.reads = [];
    this.pending = Buffer.alloc(0);
    this.waiters = new Set();
    socket.on('data', (bytes) => {
      this.reads.push({ at: performance.now(), bytes });
      this.pending = Buffer.concat([this.pending, bytes]);
      this.#wake();
    });
    socket.on('end', () => { this.ended = true; this.#wake(); });
    socket.on('error', (problem) => { this.problem = problem; this.ended = true; this.#wake(); });
    socket.on('close', () => { this.ended = true; this.#wake(); });
  }

  #wake() {
    for (const waiter of [...this.waiters]) waiter();
  }

  /** Resolves when `holds()` does; looked at after every event of the connection. */
  until(what, holds, patience = kPatienceMs) {
    return new Promise((done, fail) => {
      const look = () => {
        let found;
        try { found = holds(); } catch (problem) { finish(); fail(problem); return; }
        if (found) { finish(); done(found); }
      };
      const timer = setTimeout(() => {
        finish();
        fail(new Error(`no ${what} within ${patience} ms; so far: ${JSON.stringify(this.pending.toString('latin1').slice(0, 300))}`));
      }, patience);
      const finish = () => { clearTimeout(timer); this.waiters.delete(look); };
      this.waiters.add(look);
      look();
    });
  }

  send(bytes) { this.socket.write(bytes); return this; }
  closed(patience) { return this.until('end of the connection', () => this.ended, patience); }
  destroy() { this.socket.destroy(); }
  reset() { this.socket.resetAndDestroy(); }

  /** The next whole response. */
  response({ method = 'GET', patience } = {}) {
    return this.until('whole response', () => this.#take(method), patience);
  }

  /** The next response head; its body stays in `pending`. */
  head(patience) {
    return this.until('response head', () => {
      const parsed = parseHead(this.pending);
      if (!parsed && this.ended) throw new Error(`the connection ended before a response: ${this.problem?.code ?? 'FIN'}`);
      if (parsed) this.pending = this.pending.subarray(parsed.size);
      return parsed;
    }, patience);
  }

  #take(method) {
    const head = parseHead(this.pending);
    if (!head) {
      if (this.ended) throw new Error(`the connection ended before a response: ${this.problem?.code ?? 'FIN'}`);
      return undefined;
    }
    const rest = this.pending.subarray(head.size);
    const isBodyless = method === 'HEAD' || head.status === 204 || head.status < 200;
    let body, used;
    if (isBodyless) {
      body = Buffer.alloc(0);
      used = 0;
    } else if (head.headers['transfer-encoding'] === 'chunked') {
      const decoded = decodeChunks(rest);
      if (!decoded.complete) {
        if (this.ended) throw new Error('the connection ended in the middle of a chunked body');
        return undefined;
      }
      ({ body, used } = decoded);
    } else if ('content-length' in head.headers) {
      used = Number(head.headers['content-length']);
      if (rest.length < used) {
        if (this.ended) throw new Error('the connection ended in the middle of a body');
        return undefined;
      }
      body = rest.subarray(0, used);
    } else {
      if (!this.ended) return undefined;
      body = rest;
      used = rest.length;
    }
    this.pending = rest.subarray(used);
    return { ...head, body: body.toString() };
  }
}

function parseHead(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [start, ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const [, version, status] = start.match(/^HTTP\/(1\.\d) (\d{3}) /) ?? [];
  if (!status) throw new Error(`not a status line: ${start}`);
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { version, status: Number(status), headers, size: end + 4 };
}

/** Chunks that are whole, and whether the last one has come. */
export function decodeChunks(bytes) {
  const chunks = [];
  let at = 0;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) break;
    const size = parseInt(bytes.subarray(at, line).toString('latin1'), 16);
    const begin = line + 2;
    if (size === 0) {
      if (bytes.length < begin + 2) break;
      return { complete: true, chunks, body: Buffer.concat(chunks), used: begin + 2 };
    }
    if (bytes.length < begin + size + 2) break;
    chunks.push(bytes.subarray(begin, begin + size));
    at = begin + size + 2;
  }
  return { complete: false, chunks, body: Buffer.concat(chunks), used: at };
}

/** The bytes of a request. `headers: {name: null}` leaves a default field out. */
export function request(method, target, { headers = {}, body, version = '1.1' } = {}) {
  const fields = { Host: 'localhost', Authorization: `Bearer ${clientKey}`, ...headers };
  if (body !== undefined) {
    fields['Content-Type'] ??= 'application/json';
    if (!('Transfer-Encoding' in fields)) fields['Content-Length'] ??= String(Buffer.byteLength(body));
  }
  const lines = Object.entries(fields).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}`);
  const head = `${method} ${target} HTTP/${version}\r\n${lines.join('\r\n')}\r\n\r\n`;
  return body === undefined ? Buffer.from(head) : Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}

export function chat(content = 'hello', more = {}) {
  return JSON.stringify({ model: 'auto', messages: [{ role: 'user', content }], ...more });
}

export function postChat(body = chat(), options = {}) {
  return request('POST', '/v1/chat/completions', { body, ...options });
}

/** Fetch of one chat completion. */
export function complete(daemon, more = {}, options = {}) {
  return daemon.fetch('/v1/chat/completions', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: chat('hello', more), ...options,
  });
}

/** Where files are written without a disk, if there is such a place with some room. */
function memoryDirectory() {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize > 128 << 20 ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** A data directory with a configuration, and processes on it: the daemon started and stopped at will, and
 *  the commands beside it. `inMemory`: not on a disk, for tests that kill processes: what is committed survives that
 *  anywhere, and a disk that stands still for a second is another matter (the daemon does not wait for it). */
export class Home {
  constructor(simulator, { inMemory = false, ...setup } = {}) {
    this.directory = mkdtempSync(join(inMemory ? memoryDirectory() : tmpdir(), 'freellmapi-test-'));
    this.data = join(this.directory, 'data');
    this.config = join(this.directory, 'freellmapi.toml');
    this.children = new Set();
    mkdirSync(this.data);
    this.configure(simulator, setup);
  }

  configure(simulator, { keys = {}, ...rest } = {}) {
    writeFileSync(this.config, simulator ? configuration(simulator, { keys, ...rest }) : '');
    this.environment = Object.fromEntries(
      Object.entries(keys).filter(([, key]) => key).map(([name, key]) => [platforms[name].env, [key].flat().join(',')]));
  }

  #spawn(args, environment, prefix = []) {
    const [program, ...rest] = [...prefix, daemonBinary, '--config', this.config, '--data-dir', this.data, ...args];
    const child = spawn(program, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH, HOME: this.directory, FREELLMAPI_API_KEY: clientKey, FREELLMAPI_ADMIN_TOKEN: adminToken,
        ...sanitizerOptions(), ...this.environment, ...environment,
      },
    });
    child.closed = new Promise((closed) => child.once('close', closed));
    this.children.add(child);
    child.closed.then(() => this.children.delete(child));
    return child;
  }

  /** Starts the daemon, by `prefix` if there is one, and resolves when its port is open. */
  async start({ args = [], environment = {}, prefix = [] } = {}) {
    const child = this.#spawn([...(args.includes('--port') ? [] : ['--port', '0']), ...args], environment, prefix);
    child.stdin.end();
    let url;
    await firstLine(child, (line) => {
      url ??= line.match(/Server running on (http:\S+)/)?.[1];
      return line.startsWith('Dashboard:');
    }, 'the daemon');
    return new Running(child, url);
  }

  /** Runs a command to its end. */
  run(args, { input = '', environment = {} } = {}) {
    const child = this.#spawn(args, environment);
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    let out = '', err = '';
    child.stdout.on('data', (bytes) => { out += bytes; });
    child.stderr.on('data', (bytes) => { err += bytes; });
    const timer = setTimeout(() => child.kill('SIGKILL'), 2 * kPatienceMs);
    return new Promise((done) => child.once('close', (code, signal) => {
      clearTimeout(timer);
      done({ code, signal, out, err });
    }));
  }

  async remove() {
    await Promise.all([...this.children].map((child) => stop(child, 'SIGKILL')));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export class Running {
  constructor(child, url) {
    Object.assign(this, { child, url });
    this.exited = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
  }

  get log() { return this.child.log; }
  get pid() { return this.child.pid; }
  signal(name) { this.child.kill(name); }
  /** Ends it in good order. */
  stop() { return stopCleanly(this.child, 'the daemon'); }

  fetch(path, options = {}) {
    return fetch(this.url + path, { ...options, headers: { authorization: `Bearer ${clientKey}`, ...options.headers } });
  }

  /** Resolves with the first line of the log that `match` accepts, past or future. */
  logged(what, match) {
    return eventually(`log line: ${what}`, () => this.log.find(match));
  }
}
