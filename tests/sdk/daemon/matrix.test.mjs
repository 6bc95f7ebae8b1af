// The matrix of platforms and abilities, cell by cell.

import { after, before, describe, test } from 'node:test';
import { platforms, Simulator } from '../harness.mjs';
import { runRow } from './matrix.mjs';

describe('matrix', () => {
  let simulator;
  before(async () => { simulator = await Simulator.start(); });
  after(() => simulator?.stop());

  for (const platform of Object.keys(platforms)) {
    test(platform, async (row) => {
      const cells = [];
      await runRow(simulator, platform, (column, verdict) => cells.push([column, verdict]));
      for (const [column, { ok, reason, error }] of cells) {
        await row.test(column, { skip: reason ?? false }, () => {
          if (!ok) throw error;
        });
      }
    });
  }
});
