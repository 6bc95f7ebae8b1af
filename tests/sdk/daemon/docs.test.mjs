// Runs what the documentation shows: the shell examples of docs/api.md in one shell, in their order, as its introduction
// says; and the snippets of docs/clients.md whose client is a package of these tests.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Daemon, keyFor, repository, Simulator } from '../harness.mjs';

const run = promisify(execFile);
const here = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (path) => readFileSync(join(repository, path), 'utf8');
const page = read('docs/api.md');
const clients = read('docs/clients.md');

const blocks = (markdown, language) => [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map((match) => match[1]);
const section = (markdown, heading) => markdown.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';

describe('documentation', () => {
  let simulator, daemon;
  before(async () => {
    simulator = await Simulator.start();
    daemon = await Daemon.start(simulator, { keys: { google: keyFor('google'), groq: keyFor('groq') } });
  });
  after(async () => {
    await daemon?.stop();
    await simulator?.stop();
  });

  test('every example of docs/api.md works, one after the other', async () => {
    const examples = blocks(page, 'sh');
    assert.ok(examples.length > 10, `only ${examples.length} examples were found`);
    const env = { PATH: process.env.PATH, HOME: '/nonexistent', BASE: daemon.url, KEY: daemon.apiKey, ADMIN: daemon.adminToken };

    // -x: when one fails, the last line of what the shell says is the one.
    const { stdout } = await run('bash', ['-xeuo', 'pipefail', '-c', examples.join('\n')], { env, timeout: 120_000 });

    assert.match(stdout, /"object":"chat\.completion"/);
    assert.match(stdout, /data: \[DONE\]/);
    assert.match(stdout, /"candidates":/);
  });

  test('docs/api.md speaks of every group of endpoints', () => {
    const groups = new Set(Object.keys(JSON.parse(read('docs/openapi.json')).paths).map((path) => path.split('/').slice(0, 3).join('/')));

    const unnamed = [...groups].filter((group) => !page.includes(group));

    assert.deepEqual(unnamed, []);
  });

  for (const client of ['OpenAI SDK for Node', 'Vercel AI SDK']) {
    test(`docs/clients.md, ${client}: the snippet answers`, async () => {
      const [code] = blocks(section(clients, client), 'js');
      assert.ok(code, 'no ```js block');
      const program = `${code.replaceAll('http://127.0.0.1:3001', daemon.url)}\nif (typeof text !== 'undefined') console.log(text);`;

      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
        cwd: here,
        env: { PATH: process.env.PATH, OPENAI_API_KEY: daemon.apiKey },
        timeout: 120_000,
      });

      assert.match(stdout, /simulated/);
    });
  }
});
