// The part of scripts/check-docs that reads Markdown.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => readFileSync(join(root, path), 'utf8');
const listed = (...patterns) =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path && existsSync(join(root, path)));

let mistakes = 0;
function mistake(place, text) {
  mistakes += 1;
  console.error(`${place}: ${text}`);
}

/** The page without its fenced blocks, which hold no links; line breaks stay. */
const prose = (markdown) => markdown.replace(/^( *)```[\s\S]*?^\1```$/gm, (block) => block.replace(/[^\n]/g, ''));
const lineOf = (text, index) => text.slice(0, index).split('\n').length;

/** Headings' anchors as GitHub makes them. */
function anchors(markdown) {
  const seen = new Map();
  const result = new Set();
  for (const [, heading] of prose(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
    const slug = plain.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replace(/ /g, '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    result.add(count === 0 ? slug : `${slug}-${count}`);
  }
  for (const [, id] of markdown.matchAll(/<a (?:id|name)="([^"]+)"/g)) result.add(id);
  return result;
}

function checkLinks(page, text) {
  for (const match of prose(text).matchAll(/!?\[(?:[^\]\\]|\\.)*\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)) {
    const target = match[1];
    const place = `${page}:${lineOf(text, match.index)}`;
    if (/^[a-z]+:/.test(target)) continue; // other sites are not asked: a check must not depend on the network
    const [path, anchor] = target.split('#');
    const file = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)));
    if (!existsSync(join(root, file))) {
      mistake(place, `links to ${target}, which does not exist`);
    } else if (anchor !== undefined && file.endsWith('.md') && !anchors(read(file)).has(anchor)) {
      mistake(place, `links to #${anchor}, which ${file} does not have`);
    } else if (anchor !== undefined && statSync(join(root, file)).isDirectory()) {
      mistake(place, `links to an anchor of the directory ${file}`);
    }
  }
}

function checkBlocks(page, text) {
  for (const match of text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
    const [, language, code] = match;
    const place = `${page}:${lineOf(text, match.index)}`;
    if (language === 'sh' || language === 'bash') {
      const run = spawnSync('bash', ['-n'], { input: code, encoding: 'utf8' });
      if (run.status !== 0) mistake(place, `shell that does not parse: ${run.stderr.trim()}`);
    } else if (language === 'json') {
      try {
        JSON.parse(code);
      } catch (error) {
        mistake(place, `JSON that does not parse: ${error.message}`);
      }
    }
  }
}

/** FREELLMAPI_* and *_API_KEY names that no source knows. */
function checkEnvironment(page, text, known) {
  for (const match of text.matchAll(/\bFREELLMAPI_[A-Z_]+\b/g)) {
    if (!known.has(match[0])) mistake(`${page}:${lineOf(text, match.index)}`, `${match[0]} means nothing to the program`);
  }
}

/** `METHOD /path` in docs/api.md must be in the description of the API. */
function checkApiPaths(page, text, description) {
  const paths = Object.entries(description.paths).map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
    methods: new Set(Object.keys(methods).map((method) => method.toUpperCase())),
  }));
  for (const match of text.matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/(?:v1|api)\/[^\s`?]*)/g)) {
    const [, method, path] = match;
    const known = paths.some(({ pattern, methods }) => pattern.test(path) && methods.has(method));
    if (!known) mistake(`${page}:${lineOf(text, match.index)}`, `${method} ${path} is not in docs/openapi.json`);
  }
}

/** docker/compose.yaml shows every variable the daemon reads, and no other. */
function checkCompose() {
  const readByDaemon = new Set(listed('src/app/*.cpp').map(read).join('\n').match(/(?<=")(?:FREELLMAPI_[A-Z_]+|[A-Z0-9]+_API_KEY|GITHUB_MODELS_TOKEN)(?=")/g));
  const shown = new Set(read('docker/compose.yaml').match(/\b(?:FREELLMAPI_[A-Z_]+|[A-Z0-9]+_API_KEY|GITHUB_MODELS_TOKEN)\b/g));
  for (const name of readByDaemon) if (!shown.has(name)) mistake('docker/compose.yaml', `does not show ${name}`);
  for (const name of shown) if (!readByDaemon.has(name)) mistake('docker/compose.yaml', `${name} means nothing to the daemon`);
}

function checkVersions(description) {
  const version = read('CMakeLists.txt').match(/project\(freellmapi VERSION ([\d.]+)/)?.[1];
  const others = {
    'docs/openapi.json': description.info.version,
    'web/package.json': JSON.parse(read('web/package.json')).version,
    'web/package-lock.json': JSON.parse(read('web/package-lock.json')).version,
  };
  for (const [file, other] of Object.entries(others)) {
    if (other !== version) mistake(file, `says version ${other}; CMakeLists.txt says ${version}`);
  }
}

const pages = listed('*.md').filter((page) => !page.startsWith('tests/fixtures/'));
const description = JSON.parse(read('docs/openapi.json'));
const sources = listed('src/*.cpp', 'include/*.hpp', 'tests/*.mjs', 'scripts/*').map(read).join('\n');
const known = new Set(sources.match(/\bFREELLMAPI_[A-Z_]+\b/g));

for (const page of pages) {
  const text = read(page);
  checkLinks(page, text);
  checkBlocks(page, text);
  checkEnvironment(page, text, known);
  checkApiPaths(page, text, description);
}
const index = read('docs/README.md');
for (const page of listed('docs/*.md')) {
  const name = page.slice('docs/'.length);
  if (name !== 'README.md' && !index.includes(`(${name})`)) mistake('docs/README.md', `does not name ${name}`);
}
checkVersions(description);
checkCompose();
console.error(`check-docs: ${pages.length} pages, ${mistakes} mistakes`);
process.exitCode = mistakes === 0 ? 0 : 1;
