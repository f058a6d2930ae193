import { expect, test } from 'vitest';
import { aJob, aRun, openTestLedger } from './test-ledger.ts';
import { readTurns } from './turns.ts';

const { store } = await openTestLedger();

test.each([
  ['at-most-once', 'allow', false],
  ['at-least-once', 'allow', true],
  ['at-most-once', 'skip', true],
  ['at-least-once', 'skip', true],
] as const)(
  'GD-4 a turn of %s and overlap %s: somebody else could double it: %s',
  async (guarantee, overlap, isFenced) => {
    const runId = await aRun(store, await aJob(store, { guarantee, overlap }));
    expect(await readTurns(store, [runId])).toMatchObject([{ runId, isFenced }]);
  },
);
