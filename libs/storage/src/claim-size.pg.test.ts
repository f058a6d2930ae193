import { expect, test } from 'vitest';
import { claimRuns } from './claim.ts';
import type { Session, Store } from './connect.ts';
import { aClaim, aJob, aRun, aWorker, openTestLedger } from './test-ledger.ts';

const { store } = await openTestLedger();
const jobs = 20;
const script = `: ${'x'.repeat(50_000)}`;
const smallBytes = 32 * 1_024;

/** The store, and how much its largest answer held: a client that freezes leaves the rest of it under way. */
function weighed(): { store: Store; largest: () => number } {
  let largest = 0;
  const weigh = (session: Session): Session => ({
    async ask(query, values) {
      const rows = await session.ask<never>(query, values);
      largest = Math.max(largest, JSON.stringify(rows).length);
      return rows;
    },
  });
  const { ask } = weigh(store);
  return {
    store: { ...store, ask, transaction: (use) => store.transaction((session) => use(weigh(session))) },
    largest: () => largest,
  };
}

test.each(['allow', 'skip'] as const)(
  'TX-4 no answer that is given under locks holds a script (%s)',
  async (overlap) => {
    const runIds: string[] = [];
    for (let made = 0; made < jobs; made++) {
      runIds.push(await aRun(store, await aJob(store, { overlap, turn: { shell: script } })));
    }
    const { store: own, largest } = weighed();
    const results = await claimRuns(
      own,
      await aWorker(store),
      runIds.map((runId) => aClaim(runId)),
    );
    expect([...results.values()].map(({ kind }) => kind)).toEqual(runIds.map(() => 'started'));
    expect(largest()).toBeLessThan(smallBytes);
  },
);
