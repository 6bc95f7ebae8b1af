// Fifteen platforms through the daemon by the openai package, one row each. Run `npm run matrix`.
// A cell is "ok", a failure, or "–" with the reason why the platform has no such thing.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { Daemon, keyFor, pixel, platforms, Simulator, weatherTool } from '../harness.mjs';
import { catalog, modelOf, reopened } from './models.mjs';

export class NotApplicable extends Error {}

const question = { role: 'user', content: 'What is the weather in Lima?' };

/** Each column: what is asked of `client` about `platform`, and what must come of it. */
export const columns = {
  async text({ client, model }) {
    const answer = await client.chat.completions.create({ model, messages: [question] });
    assert.match(answer.choices[0].message.content, /weather in Lima/);
    assert.ok(answer.usage.completion_tokens > 0);
  },

  async stream({ client, model }) {
    let text = '';
    const finishes = [];
    for await (const chunk of await client.chat.completions.create({ model, messages: [question], stream: true })) {
      assert.equal(chunk.choices.length, 1);
      text += chunk.choices[0].delta.content ?? '';
      if (chunk.choices[0].finish_reason) finishes.push(chunk.choices[0].finish_reason);
    }
    assert.match(text, /weather in Lima/);
    assert.deepEqual(finishes, ['stop']);
  },

  async usage({ client, model }) {
    const chunks = [];
    const request = { model, messages: [question], stream: true, stream_options: { include_usage: true } };
    for await (const chunk of await client.chat.completions.create(request)) chunks.push(chunk);
    assert.deepEqual(chunks.at(-1).choices, []);
    assert.ok(chunks.at(-1).usage.total_tokens > chunks.at(-1).usage.prompt_tokens);
    assert.equal(chunks.filter((chunk) => chunk.usage).length, 1);
  },

  async tools({ client, platform, needs }) {
    const model = needs('tools');
    for (const stream of [false, true]) {
      const ask = (messages) => {
        const request = { model, messages, tools: [weatherTool] };
        return stream
          ? client.chat.completions.stream(request).finalChatCompletion()
          : client.chat.completions.create(request);
      };
      const { choices: [{ message, finish_reason: finish }] } = await ask([question]);
      assert.equal(finish, 'tool_calls');
      assert.equal(message.tool_calls?.length, 1, platform);
      assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { city: 'Lima' });
      const result = { role: 'tool', tool_call_id: message.tool_calls[0].id, content: '23 degrees' };
      const said = await ask([question, message, result]);
      assert.match(said.choices[0].message.content, /23 degrees/);
    }
  },

  async image({ client, needs }) {
    const url = `data:image/png;base64,${pixel}`;
    const content = [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url } }];
    const answer = await client.chat.completions.create({ model: needs('vision'), messages: [{ role: 'user', content }] });
    assert.match(answer.choices[0].message.content, /I see an image/);
  },

  async rate_limit({ simulator, platform }) {
    const custom = [{ name: 'spare', base_url: `${simulator.url}/custom/v1`, models: ['spare-model'] }];
    await withDaemon(simulator, { keys: { [platform]: keyFor(platform) }, custom }, async (client) => {
      await simulator.fault({ kind: 'rate_limit', metric: 'rpm', platform });
      const { data, response } = await client.chat.completions
        .create({ model: 'auto', messages: [question] })
        .withResponse();
      assert.match(data.choices[0].message.content, /weather in Lima/);
      assert.match(response.headers.get('x-routed-via'), /^spare\//);
      assert.match(response.headers.get('x-fallback-trail'), new RegExp(`^${platform}/`));
    });
  },

  async bad_key({ simulator, platform, model }) {
    if (platform === 'llm7') throw new NotApplicable('serves a wrong key as anonymous');
    const bad = platform === 'cloudflare' ? `${'0'.repeat(32)}:bad-token-0bad` : 'bad-key-0bad';
    await withDaemon(simulator, { keys: { [platform]: [bad, keyFor(platform, 'good')] } }, async (client) => {
      const trails = [];
      for (let i = 0; i < 3; ++i) {
        const { response } = await client.chat.completions.create({ model, messages: [question] }).withResponse();
        trails.push(response.headers.get('x-fallback-trail'));
      }
      assert.deepEqual(trails.filter(Boolean).map((trail) => trail.split('=').at(-1)), ['bad_key']);
      const tails = (await simulator.chats()).map((entry) => entry.key_tail);
      assert.equal(tails.filter((tail) => tail === 'good').length, 3, tails.join());
      assert.equal(tails.filter((tail) => tail === '0bad').length, 1, tails.join());
    });
  },
};

async function withDaemon(simulator, options, use) {
  const sections = { routing: { keyless: false, max_wait: '10s' } };
  const isReopened = Object.keys(options.keys).some((platform) => reopened.includes(platform));
  const daemon = await Daemon.start(simulator, { sections, catalog: isReopened ? catalog : undefined, ...options });
  try {
    await use(new OpenAI({ apiKey: daemon.apiKey, baseURL: daemon.baseURL, maxRetries: 0 }), daemon);
  } finally {
    await daemon.stop();
  }
}

/** Runs one platform's row; `cell(column, verdict)` is called as each is known. */
export async function runRow(simulator, platform, cell) {
  const pinned = (...needs) => {
    const id = modelOf(platform, ...needs);
    if (!id) throw new NotApplicable(`the catalog has no model with ${needs.join(', ')}`);
    return `${platform}/${id}`;
  };
  for (const [column, check] of Object.entries(columns)) {
    await simulator.reset();
    try {
      // A daemon for each cell: some free tiers admit four requests a minute, and it knows that.
      await withDaemon(simulator, { keys: { [platform]: keyFor(platform) } }, (client) =>
        check({ simulator, client, platform, model: pinned(), needs: pinned }));
      const { platforms: counts } = await simulator.state();
      assert.equal(counts[platform].invalid, 0, `requests the platform refuses: ${await lastRefusal(simulator)}`);
      cell(column, { ok: true });
    } catch (error) {
      if (error instanceof NotApplicable) cell(column, { ok: true, reason: error.message });
      else cell(column, { ok: false, error });
    }
  }
}

async function lastRefusal(simulator) {
  return (await simulator.chats()).map((entry) => entry.refused).filter(Boolean).at(-1) ?? 'none';
}

async function main() {
  const names = Object.keys(columns);
  const only = process.argv.slice(2);
  const notes = [];
  let failed = 0;
  const simulator = await Simulator.start();
  try {
    console.log('platform'.padEnd(14) + names.map((name) => name.padEnd(12)).join(''));
    for (const platform of Object.keys(platforms)) {
      if (only.length && !only.includes(platform)) continue;
      let row = platform.padEnd(14);
      await runRow(simulator, platform, (column, { ok, reason, error }) => {
        row += (ok ? (reason ? '–' : 'ok') : 'FAILED').padEnd(12);
        if (reason) notes.push(`${platform} ${column}: – ${reason}`);
        if (!ok) notes.push(`${platform} ${column}: ${error.message.split('\n').slice(0, 6).join(' ')}`);
        failed += ok ? 0 : 1;
      });
      if (reopened.includes(platform)) notes.push(`${platform}: disabled in the shipped catalog, enabled for this run`);
      console.log(row.trimEnd());
    }
  } finally {
    await simulator.stop();
  }
  console.log(['', ...notes].join('\n'));
  process.exitCode = failed ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
