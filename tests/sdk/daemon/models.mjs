// Which model of the shipped catalog stands for a platform in the tests.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../harness.mjs';

const catalog = JSON.parse(readFileSync(join(repository, 'config/catalog.json'), 'utf8'));

/** Enabled models of `platform` that can do all of `needs`, smartest first. */
export function modelsOf(platform, ...needs) {
  return catalog.models
    .filter((model) => model.platform === platform && model.enabled !== false)
    .filter((model) => needs.every((need) => model.capabilities.includes(need)))
    .sort((a, b) => a.intelligence_rank - b.intelligence_rank);
}

/** Upstream id of the first of them; undefined when the catalog has none. */
export function modelOf(platform, ...needs) {
  return modelsOf(platform, ...needs)[0]?.id;
}

/** Logical name and the platforms (out of `among`) that serve it, for a model on at least two of them. */
export function sharedModel(among, ...needs) {
  const byName = new Map();
  for (const platform of among)
    for (const model of modelsOf(platform, ...needs)) {
      if (!byName.has(model.name)) byName.set(model.name, new Set());
      byName.get(model.name).add(platform);
    }
  const found = [...byName].find(([, platforms]) => platforms.size > 1);
  return found && { name: found[0], platforms: [...found[1]] };
}
