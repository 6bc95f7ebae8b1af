// Runs the snippets that README.md shows under "First request", as a reader would.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Daemon, keyFor, repository, Simulator } from '../harness.mjs';

const file = join(repository, 'README.md');
const here = dirname(dirname(fileURLToPath(import.meta.url)));

/** Fenced blocks [{language, code}] of the section with that heading. */
function snippets(markdown, heading) {
  const section = markdown.split(/^#+ /m).find((part) => part.toLowerCase().startsWith(heading.toLowerCase()));
  const blocks = [...(section ?? '').matchAll(/^```(\w+)\n(.*?)^```/gms)];
  return blocks.map(([, language, code]) => ({ language, code }));
}

const found = existsSync(file) ? snippets(readFileSync(file, 'utf8'), 'First request') : [];
const hasPythonPackage = spawnSync('python3', ['-c', 'import openai']).status === 0;

describe('README, First request', { skip: existsSync(file) ? false : 'README.md is not written yet' }, () => {
  let simulator, daemon;
  before(async () => {
    simulator = await Simulator.start();
    daemon = await Daemon.start(simulator, { keys: { groq: keyFor('groq') } });
  });
  after(async () => {
    await daemon?.stop();
    await simulator?.stop();
  });

  /** Runs `code` with the reader's address and key put in; resolves with its output. */
  function run(command, args, code) {
    const filled = code
      .replaceAll(/http:\/\/(localhost|127\.0\.0\.1):3001/g, daemon.url)
      .replaceAll(/freellmapi-(?!test)[\w.…<>*-]+/g, daemon.apiKey);
    // Nothing else of ours: a proxy or a base URL that somebody has set would lead the snippets elsewhere.
    const environment = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      FREELLMAPI_API_KEY: daemon.apiKey,
      OPENAI_API_KEY: daemon.apiKey,
      OPENAI_BASE_URL: daemon.baseURL,
    };
    return new Promise((done, fail) => {
      const child = spawn(command, args, { cwd: here, env: environment, timeout: 120_000 });
      let output = '';
      child.stdout.on('data', (piece) => { output += piece; });
      child.stderr.on('data', (piece) => { output += piece; });
      child.on('error', fail);
      child.on('close', (code) => (code === 0 ? done(output) : fail(new Error(`exit ${code}\n${output}\n${filled}`))));
      child.stdin.end(filled);
    });
  }

  test('shows a Node and a Python snippet', () => {
    const languages = found.map(({ language }) => language);

    assert.ok(languages.includes('js'), 'no ```js block');
    assert.ok(languages.includes('python'), 'no ```python block');
  });

  for (const [i, { language, code }] of found.entries()) {
    if (language === 'js') {
      test(`js snippet ${i + 1} answers`, async () => {
        assert.match(await run('node', ['--input-type=module', '-'], code), /simulated/);
      });
    }
    if (language === 'python') {
      const needsPackage = /^\s*(from|import) openai/m.test(code);
      const skip = needsPackage && !hasPythonPackage ? 'the Python package openai is not installed' : false;
      test(`python snippet ${i + 1} answers`, { skip }, async () => {
        assert.match(await run('python3', ['-'], code), /simulated/);
      });
    }
  }
});
