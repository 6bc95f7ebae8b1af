// Writes what docs/platforms.md takes from config/catalog.json: the overview and one block for each platform.
//
//   node scripts/docs-tables.mjs            rewrites the blocks between their marks
//   node scripts/docs-tables.mjs --check    exit 1 when they are not what would be written
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const catalog = JSON.parse(readFileSync(file('config/catalog.json'), 'utf8'));

/** Slug -> environment variables, from the table the daemon itself uses. */
function variables() {
  const bySlug = new Map();
  for (const [, name, slug] of readFileSync(file('src/app/routes.cpp'), 'utf8').matchAll(/\{"([A-Z0-9_]+)", "([a-z0-9]+)"\},/g)) {
    bySlug.set(slug, [...(bySlug.get(slug) ?? []), `\`${name}\``]);
  }
  return bySlug;
}

const number = (n) => n.toLocaleString('en-US');

function limitText({ metric, window, count, reset }) {
  if (metric === 'concurrency') return `${number(count)} at a time`;
  const from = { utc: ' (from 00:00 UTC)', pacific: ' (from midnight Pacific)', sliding: '' }[reset ?? 'sliding'];
  const what = count === 1 ? metric.replace(/s$/, '') : metric;
  return `${number(count)} ${what} ${window === 'hour' ? 'an' : 'a'} ${window}${from}`;
}

const limitsText = (limits) => limits.map(limitText).join(', ');

/** Limits of single models, equal ones together. */
function modelLimits(models) {
  const groups = new Map();
  for (const model of models.filter((m) => (m.limits ?? []).length > 0)) {
    const text = `${limitsText(model.limits)} |${model.limits_source}, ${model.limits_date}`;
    groups.set(text, [...(groups.get(text) ?? []), model.id]);
  }
  return [...groups].map(([text, ids]) => ({ ids, limits: text.split(' |')[0], source: text.split(' |')[1] }));
}

const of = (platform) => catalog.models.filter((m) => m.platform === platform.slug && m.enabled !== false);
const able = (models, capability) => models.filter((m) => (m.capabilities ?? []).includes(capability)).length;

function block(platform, names) {
  const models = of(platform);
  const lines = [];
  const add = (what, text) => text && lines.push(`| ${what} | ${text} |`);
  lines.push('| | |', '|---|---|');
  add('key from', `<${platform.signup_url}>${platform.keyless ? ' (works without one)' : ''}`);
  add('key looks like', platform.key_format);
  add('environment', names.join(' or '));
  add('limits of a key', platform.limits.length ? `${limitsText(platform.limits)} (${platform.limits_source}, ${platform.limits_date})` : '');
  for (const row of modelLimits(models)) add(row.ids.map((id) => `\`${id}\``).join(', '), `${row.limits} (${row.source})`);
  add('models', models.length ? `${models.length}: ${able(models, 'tools')} with tools, ${able(models, 'vision')} with images, ${able(models, 'json_schema')} with JSON schemas` : 'none at present');
  add('your data', platform.data_use);
  add('good to know', platform.notes);
  return lines;
}

function overview(names) {
  const rows = catalog.platforms.map((p) => {
    const own = modelLimits(of(p)).length > 0;
    const limits = [limitsText(p.limits), own ? 'per model, see below' : ''].filter(Boolean).join('; ');
    const state = p.enabled === false ? 'shut down' : limits || 'not published';
    return `| [${p.name}](#${p.slug}) | ${names.get(p.slug).join(', ')} | ${p.keyless ? 'no' : 'yes'} | ${of(p).length} | ${state} |`;
  });
  return [`Catalog of ${catalog.version}.`, '', '| platform | environment | needs a key | models | free limits |', '|---|---|---|---|---|', ...rows];
}

function render(text) {
  const names = variables();
  const blocks = new Map([['overview', overview(names)], ...catalog.platforms.map((p) => [p.slug, block(p, names.get(p.slug))])]);
  const written = text.replace(/<!-- catalog: (\S+) -->\n[\s\S]*?<!-- \/catalog -->/g, (_, name) => {
    const lines = blocks.get(name);
    if (!lines) throw new Error(`docs/platforms.md names a block '${name}' that is not in the catalog`);
    blocks.delete(name);
    return [`<!-- catalog: ${name} -->`, ...lines, '<!-- /catalog -->'].join('\n');
  });
  if (blocks.size > 0) throw new Error(`docs/platforms.md has no block for: ${[...blocks.keys()].join(', ')}`);
  return written;
}

const path = file('docs/platforms.md');
const now = readFileSync(path, 'utf8');
const wanted = render(now);
if (process.argv.includes('--check')) {
  if (now !== wanted) {
    console.error('docs/platforms.md does not say what config/catalog.json says: run node scripts/docs-tables.mjs');
    process.exitCode = 1;
  }
} else {
  writeFileSync(path, wanted);
}
