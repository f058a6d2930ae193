import { randomUUID } from 'node:crypto';
import { createLog } from '@flotilla/runtime';
import { StorageUnavailable } from '@flotilla/storage';
import { expect, test, vi } from 'vitest';
import { createBeats } from './beats.ts';
import { createDatabaseClock } from './database-clock.ts';
import { createFetchLag } from './fetch-lag.ts';
import { createGivenUpClaims } from './given-up-claims.ts';
import { createInHand } from './in-hand.ts';
import { createIntake } from './intake.ts';
import { logEvents } from './log-events.ts';
import { anAliveMembership } from './test-membership.ts';
import { aStore } from './test-store.ts';

/** The beats of a worker that has nothing in hand, and what its ledger has at work on it. */
async function someBeats() {
  const ledger = { runs: [] as object[], isAway: false, beats: 0 };
  const handedBack: unknown[] = [];
  const givenUp = createGivenUpClaims();
  const membership = await anAliveMembership();
  const store = aStore({
    'write-beat': () => {
      ledger.beats += 1;
      if (ledger.isAway) throw new StorageUnavailable('away');
      return [{ now: Date.now(), runs: ledger.runs }];
    },
    'hand-back-runs': ([runIds]) => {
      handedBack.push(runIds);
      return [];
    },
  });
  const workbench = {
    inHand: createInHand(),
    clock: createDatabaseClock(),
    lag: createFetchLag(),
    draining: new AbortController(),
    claiming: { isClaiming: () => false, dropAll: () => undefined } as never,
    givenUp,
    intake: createIntake(),
  };
  const events = logEvents(createLog({ name: 'worker', level: 'silent' }));
  return { ...createBeats(store, membership, workbench, events), ledger, handedBack, givenUp, membership };
}

test('CN-2, CL-3 the last beat hands back what was claimed and never begun while the worker drained', async () => {
  const { loop, end, ledger, handedBack, givenUp } = await someBeats();
  loop.start();
  await vi.waitFor(() => expect(loop.lastSuccessAt).not.toBeNull());
  const [runId, token] = [randomUUID(), randomUUID()];
  ledger.runs = [{ runId, attempt: 1, token, cancelRequested: false }];
  givenUp.add(token);
  await end();
  expect(handedBack).toEqual([[runId]]);
});

test('CN-2 the beats end where nobody answers the last one, and where the worker is in no ledger any more', async () => {
  const { end, ledger, membership } = await someBeats();
  ledger.isAway = true;
  await end();
  await membership.lose();
  await end();
  expect([ledger.beats, membership.id()]).toEqual([1, null]);
});
