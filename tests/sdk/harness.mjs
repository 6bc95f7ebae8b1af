// Starts the simulator and the daemon for tests, and stops them again. Nothing here waits for a fixed
// time: processes say when they are ready, and the simulator's /_control/wait answers when a thing has happened.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

// The SDKs take keys, addresses and other backends from the environment; these tests name what they want.
for (const name of Object.keys(process.env)) {
  if (/^(OPENAI|GOOGLE|GEMINI|GROQ|CEREBRAS|MISTRAL|COHERE|CO|OLLAMA)_/.test(name)) delete process.env[name];
}

/** The newest build of `path` among build/ * /; an environment variable names another. */
function findBinary(variable, path) {
  if (process.env[variable]) return resolve(process.env[variable]);
  const build = join(repository, 'build');
  const found = (existsSync(build) ? readdirSync(build) : [])
    .map((name) => join(build, name, path))
    .filter((file) => existsSync(file))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  return found[0];
}

export const simulatorBinary = findBinary('FREELLM_SIMULATOR_BIN', 'tests/simulator/freellm-simulator');
export const daemonBinary = findBinary('FREELLMAPI_BIN', 'src/app/main/freellmapi');

// Bounds that only keep a broken run from hanging. None of them makes a test wait: each ends with an event.
const startMs = 60_000;
/** Longer than the daemon's own drain_timeout (30 s): whoever is killed here hung. */
const stopMs = 45_000;

/** Resolves with the first line of the child's output that `match` accepts. */
export function firstLine(child, match, what) {
  return new Promise((done, fail) => {
    const heard = [];
    const failed = (how) => fail(new Error(`${what} ${how}:\n${heard.join('\n')}`));
    const deadline = setTimeout(() => { child.kill('SIGKILL'); failed('did not start in time'); }, startMs);
    const listen = (line) => {
      heard.push(line);
      const found = match(line);
      if (!found) return;
      clearTimeout(deadline);
      done(found);
    };
    createInterface({ input: child.stdout }).on('line', listen);
    createInterface({ input: child.stderr }).on('line', listen);
    child.on('error', fail);
    // Not 'exit': its last words may still be in the pipe then.
    child.on('close', (code, signal) => { clearTimeout(deadline); failed(`ended with ${code ?? signal}`); });
    child.log = heard;
    child.closed = new Promise((closed) => child.once('close', closed));
  });
}

/** Ends a child for good: it is gone when this resolves, and all it wrote has been read. */
export async function stop(child, signal = 'SIGTERM') {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  const deadline = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await (child.closed ?? new Promise((closed) => child.once('close', closed)));
  clearTimeout(deadline);
  return child.exitCode;
}

/** Like stop(), for a child that has to end in good order: a sanitizer's finding, a crash or a hang is an error. */
export async function stopCleanly(child, what) {
  const code = await stop(child);
  if (code !== 0) throw new Error(`${what} ended with ${code ?? child.signalCode}:\n${(child.log ?? []).slice(-60).join('\n')}`);
  return code;
}

/**
 * Milliseconds that the quickest of a few runs of `measure` took; the first below `limit` will do. A machine that was
 * busy elsewhere makes one run slow; a program that is slow makes all of them so.
 */
export async function quickest(limit, measure, runs = 5) {
  let best = Infinity;
  for (let run = 0; run < runs && best >= limit; ++run) best = Math.min(best, await measure(run));
  return best;
}

export class Simulator {
  static async start(...options) {
    if (!simulatorBinary) throw new Error('build the target freellm-simulator first');
    const child = spawn(simulatorBinary, ['--exit-with-parent', ...options], {
      stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env.PATH, ...sanitizerOptions() },
    });
    const wantsTls = options.includes('--tls-port');
    let url, tlsUrl;
    await firstLine(child, (line) => {
      url ??= line.match(/listening on (http:\S+)/)?.[1];
      tlsUrl ??= line.match(/listening on (https:\S+)/)?.[1];
      return url && (tlsUrl || !wantsTls);
    }, 'the simulator');
    return new Simulator(child, url, tlsUrl);
  }

  constructor(child, url, tlsUrl) {
    Object.assign(this, { child, url, tlsUrl });
  }

  async control(method, path, body) {
    const answer = await fetch(`${this.url}/_control/${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`simulator: ${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  }

  reset() { return this.control('POST', 'reset'); }
  fault(spec) { return this.control('POST', 'faults', spec); }
  limit(spec) { return this.control('POST', 'limits', spec); }
  pace(spec) { return this.control('POST', 'pace', spec); }
  advance(milliseconds) { return this.control('POST', 'clock', { advance_ms: milliseconds }); }
  port(kind) { return this.control('POST', 'ports', { kind }).then((answer) => answer.port); }
  state() { return this.control('GET', 'state'); }
  /** Lets go on what a "hold" fault holds; resolves with what that sends, one string for each connection. */
  release() { return this.control('POST', 'release').then((answer) => answer.released); }
  /** The chat requests received, oldest first. */
  chats(query = {}) { return this.control('GET', `log?${new URLSearchParams({ chat: '1', ...query })}`); }
  /** Resolves when `what` (received, finished, aborted) has happened `count` times; else fails. */
  wait(what, query = {}) {
    return this.control('GET', `wait?${new URLSearchParams({ for: what, timeout_ms: '30000', ...query })}`);
  }
  stop() { return stopCleanly(this.child, 'the simulator'); }
}

/** Base URL of each platform on the simulator, as a configuration file would name it. */
export const platforms = {
  google: { path: '/google/v1beta', env: 'GEMINI_API_KEY' },
  groq: { path: '/groq/openai/v1', env: 'GROQ_API_KEY' },
  cerebras: { path: '/cerebras/v1', env: 'CEREBRAS_API_KEY' },
  openrouter: { path: '/openrouter/api/v1', env: 'OPENROUTER_API_KEY' },
  github: { path: '/github/inference', env: 'GITHUB_MODELS_TOKEN' },
  sambanova: { path: '/sambanova/v1', env: 'SAMBANOVA_API_KEY' },
  mistral: { path: '/mistral/v1', env: 'MISTRAL_API_KEY' },
  cohere: { path: '/cohere/v2', env: 'COHERE_API_KEY' },
  cloudflare: { path: '/cloudflare/client/v4/accounts/{account_id}/ai/v1', env: 'CLOUDFLARE_API_KEY' },
  zhipu: { path: '/zhipu/api/paas/v4', env: 'ZHIPU_API_KEY' },
  nvidia: { path: '/nvidia/v1', env: 'NVIDIA_API_KEY' },
  ollama: { path: '/ollama/v1', env: 'OLLAMA_API_KEY' },
  pollinations: { path: '/pollinations/v1', env: 'POLLINATIONS_API_KEY' },
  llm7: { path: '/llm7/v1', env: 'LLM7_API_KEY' },
  kilo: { path: '/kilo/api/gateway', env: 'KILO_API_KEY' },
};

/** A key of the form the platform hands out. */
export function keyFor(platform, tail = '0001') {
  return platform === 'cloudflare' ? `0123456789abcdef0123456789abcdef:token-${tail}` : `sim-${platform}-${tail}`;
}

function toml(value) {
  return Array.isArray(value) ? `[${value.map(toml).join(', ')}]` : JSON.stringify(value);
}

/** The configuration file: every platform at the simulator, only those with keys enabled. */
export function configuration(simulator, { keys, sections = {}, custom = [], baseUrls = {}, options = {} }) {
  const lines = [];
  const tables = { routing: { keyless: false }, ...sections };
  for (const [table, entries] of Object.entries(tables)) {
    lines.push(`[${table}]`, ...Object.entries(entries).map(([key, value]) => `${JSON.stringify(key)} = ${toml(value)}`), '');
  }
  for (const [name, { path }] of Object.entries(platforms)) {
    lines.push(`[platforms.${name}]`);
    if (baseUrls[name] !== null) lines.push(`base_url = ${toml(baseUrls[name] ?? simulator.url + path)}`);
    const isEnabled = name in keys || (tables.routing.keyless && (name === 'llm7' || name === 'kilo'));
    lines.push(`enabled = ${isEnabled}`);
    lines.push(...Object.entries(options[name] ?? {}).map(([key, value]) => `${key} = ${toml(value)}`), '');
  }
  for (const endpoint of custom) {
    lines.push('[[custom]]', ...Object.entries(endpoint).map(([key, value]) => `${key} = ${toml(value)}`), '');
  }
  return lines.join('\n');
}

/** What this run was told of the sanitizers. A daemon under test sees nothing else of our environment. */
export function sanitizerOptions() {
  const names = ['ASAN_OPTIONS', 'LSAN_OPTIONS', 'TSAN_OPTIONS', 'UBSAN_OPTIONS'];
  return Object.fromEntries(names.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
}

export class Daemon {
  /**
   * `keys`: {platform: key or [keys]}; `sections`: further TOML tables; `options`: further entries of a
   * platform's table; `custom`: [[custom]] entries; `baseUrls`: {platform: URL, or null for the catalog's};
   * `environment`: variables;
   * `catalog`: instead of the one inside the binary.
   */
  static async start(simulator, { keys = {}, environment = {}, catalog, ...rest } = {}) {
    if (!daemonBinary) throw new Error('build the target freellmapi first');
    const directory = mkdtempSync(join(tmpdir(), 'freellmapi-test-'));
    const config = join(directory, 'freellmapi.toml');
    writeFileSync(config, configuration(simulator, { keys, ...rest }));
    mkdirSync(join(directory, 'data'));
    if (catalog) writeFileSync(join(directory, 'data/catalog.json'), JSON.stringify(catalog));
    const apiKey = `freellmapi-${'0123456789abcdef'.repeat(3)}`;
    const provided = Object.fromEntries(
      Object.entries(keys).map(([name, key]) => [platforms[name].env, [key].flat().join(',')]));
    const child = spawn(daemonBinary, ['--config', config, '--data-dir', join(directory, 'data'), '--port', '0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: directory,
        ...sanitizerOptions(),
        FREELLMAPI_API_KEY: apiKey,
        FREELLMAPI_ADMIN_TOKEN: 'admin-token-for-tests-0123456789',
        ...provided,
        ...environment,
      },
    });
    try {
      const url = await firstLine(child, (line) => line.match(/Server running on (http:\S+)/)?.[1], 'the daemon');
      return new Daemon(child, url, apiKey, directory);
    } catch (problem) {
      await stop(child);
      rmSync(directory, { recursive: true, force: true });
      throw problem;
    }
  }

  constructor(child, url, apiKey, directory) {
    Object.assign(this, { child, url, apiKey, directory, adminToken: 'admin-token-for-tests-0123456789' });
  }

  get baseURL() { return `${this.url}/v1`; }

  /** Plain fetch with the client key. */
  fetch(path, options = {}) {
    return fetch(this.url + path, { ...options, headers: { authorization: `Bearer ${this.apiKey}`, ...options.headers } });
  }

  admin(path, options = {}) {
    return fetch(this.url + path, { ...options, headers: { authorization: `Bearer ${this.adminToken}`, ...options.headers } });
  }

  async stop() {
    try {
      return await stopCleanly(this.child, 'the daemon');
    } finally {
      rmSync(this.directory, { recursive: true, force: true });
    }
  }
}

export const weatherTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Current weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', description: 'Name of the city' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
};

/** A one-pixel PNG. */
export const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
