import { randomUUID } from 'node:crypto';
import { emptyExcerpt, type TurnReport } from '@flotilla/domain';
import { StorageUnavailable } from '@flotilla/storage';
import { expect, test } from 'vitest';
import { createSettling } from './settling.ts';
import { aStore } from './test-store.ts';

const nobody = () => undefined;
const unheard = { onRefused: nobody, onStuck: nobody, onUnstuck: nobody, onRoom: nobody, onQueued: nobody };

const report: TurnReport = {
  outcome: { kind: 'exited', exitCode: 0 },
  stdout: emptyExcerpt,
  stderr: emptyExcerpt,
  spawnedAt: 1_000,
};

const aRun = () => ({ runId: randomUUID(), attempt: 1, workerId: randomUUID() });

/** A ledger in which no run is at work any more, and that knows by which token some were settled. */
function settledLedger(
  knows: (runId: string, token: string) => boolean,
  before: () => void = () => undefined,
) {
  const tokens: string[] = [];
  const store = aStore({
    'lock-running': () => [],
    'read-settled-by': ([runIds, , asked]) => {
      tokens.push(...(asked as string[]));
      before();
      const pairs = (runIds as string[]).map((runId, index) => ({
        runId,
        token: (asked as string[])[index],
      }));
      return pairs.filter(({ runId, token }) => knows(runId, token ?? ''));
    },
  });
  return { store, tokens };
}

test('SE-2 a result is offered with the same token until it is answered', async () => {
  let failures = 3;
  const refusals: unknown[] = [];
  const { store, tokens } = settledLedger(
    () => true,
    () => {
      if (failures-- > 0) throw new StorageUnavailable('busy');
    },
  );
  const settle = createSettling({
    ...unheard,
    store,
    onRefused: (runId, error, tries) => refusals.push([runId, (error as Error).message, tries]),
  });
  const run = aRun();
  expect(await settle(run, report)).toEqual({ kind: 'accepted' });
  expect(tokens).toHaveLength(4);
  expect(new Set(tokens).size).toBe(1);
  expect(refusals).toEqual([1, 2, 3].map((tries) => [run.runId, 'busy', tries]));
});

test('SE-1 a result of an attempt that is somebody else’s is stale, and not offered again', async () => {
  const { store, tokens } = settledLedger(() => false);
  const settle = createSettling({ ...unheard, store });
  expect(await settle(aRun(), report)).toEqual({ kind: 'stale' });
  expect(tokens).toHaveLength(1);
});

test('SE-1 results that come together go together, each with its own answer', async () => {
  const [mine, lost] = [aRun(), aRun()];
  const { store, tokens } = settledLedger((runId) => runId === mine.runId);
  const settle = createSettling({ ...unheard, store });
  const results = await Promise.all([settle(mine, report), settle(lost, report)]);
  expect(results.map(({ kind }) => kind)).toEqual(['accepted', 'stale']);
  expect(new Set(tokens).size).toBe(2);
});

test('SE-2 a result that is refused for a minute is told once, and again when it is answered', async () => {
  let failures = 4;
  const told: unknown[] = [];
  const { store } = settledLedger(
    () => true,
    () => {
      if (failures-- > 0) throw new StorageUnavailable('away');
    },
  );
  const settle = createSettling({
    ...unheard,
    store,
    stuckMs: 0,
    retryMs: 1,
    onStuck: (runId, sqlstate) => told.push(['stuck', runId, sqlstate]),
    onUnstuck: (runId) => told.push(['taken', runId]),
  });
  const run = aRun();
  expect(await settle(run, report)).toEqual({ kind: 'accepted' });
  expect(told).toEqual([
    ['stuck', run.runId, null],
    ['taken', run.runId],
  ]);
});
