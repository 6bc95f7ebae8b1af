// Which model of the shipped catalog stands for a platform in the tests.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../harness.mjs';

/**
 * The shipped catalog, except that a platform disabled whole (a service that has been shut down) is
 * enabled again: its adapter is tested as long as it is in the program.
 */
export const catalog = JSON.parse(readFileSync(join(repository, 'config/catalog.json'), 'utf8'));
const closed = catalog.platforms.filter(({ slug }) =>
  catalog.models.every((model) => model.platform !== slug || model.enabled === false));
for (const platform of closed) platform.enabled = true;
for (const model of catalog.models) {
  if (!closed.some(({ slug }) => slug === model.platform)) continue;
  model.enabled = true;
  delete model.disabled_reason;
}

/** Platforms that run on such a changed catalog. */
export const reopened = closed.map(({ slug }) => slug);

/** Enabled models of `platform` that can do all of `needs`, smartest first. */
export function modelsOf(platform, ...needs) {
  return catalog.models
    .filter((model) => model.platform === platform && model.enabled !== false)
    .filter((model) => needs.every((need) => model.capabilities.includes(need)))
    .sort((a, b) => a.intelligence_rank - b.intelligence_rank);
}

/** Requests a minute that the catalog grants a model. */
function requestsPerMinute({ limits }) {
  const counts = limits.filter(({ metric, window }) => metric === 'requests' && window === 'minute').map(({ count }) => count);
  return Math.min(Infinity, ...counts);
}

/**
 * Upstream id of the smartest of them that admits a test's handful of requests a minute, else of the
 * first; undefined when the catalog has none.
 */
export function modelOf(platform, ...needs) {
  const models = modelsOf(platform, ...needs);
  return (models.find((model) => requestsPerMinute(model) >= 4) ?? models[0])?.id;
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
