import { randomUUID } from 'node:crypto';
import { emptyExcerpt } from '@flotilla/domain';
import type { Store } from '@flotilla/storage';
import { aJob, aRun, aWorker, eventTypesOf, openTestLedger, theRun } from '@flotilla/storage/test-ledger';
import { expect, test } from 'vitest';
import { type Claiming, createClaiming } from './claiming.ts';
import { createGivenUpClaims } from './given-up-claims.ts';
import type { Membership } from './membership.ts';
import { createOrders } from './read-orders.ts';
import { createSettling } from './settling.ts';
import { aGuard } from './test-guard.ts';
import { losingReplies } from './test-store.ts';

const { store } = await openTestLedger();

async function aMembership(): Promise<Pick<Membership, 'id' | 'permission'>> {
  const id = await aWorker(store);
  const guard = aGuard();
  guard.permit(true);
  return { id: () => id, permission: () => guard };
}

function claimingOn(claims: Store, membership: Pick<Membership, 'id' | 'permission'>): Claiming {
  const givenUp = createGivenUpClaims();
  const nobody = () => undefined;
  const told = { onUnanswered: nobody, onGivenBack: nobody, onAskedToEnd: nobody };
  return createClaiming({ store: claims, membership, givenUp, ...told });
}

const message = (runId: string, number = 1) => ({ runId, attempt: 0, number, dueAt: 0 });
const token = randomUUID;

test.each(['allow', 'skip'])(
  'CL-3 a claim whose reply was lost gets its run, and starts it once (%s)',
  async (overlap) => {
    const runId = await aRun(store, await aJob(store, { overlap }));
    const { claim } = claimingOn(losingReplies(store, 2), await aMembership());
    expect(await claim(message(runId), token())).toMatchObject({ kind: 'started', run: { attempt: 1 } });
    expect(await eventTypesOf(store, runId)).toEqual(['run.queued', 'run.started']);
  },
);

test.each(['allow', 'skip'])('HO-2 a run that came twice is started once (%s)', async (overlap) => {
  const runId = await aRun(store, await aJob(store, { overlap }));
  const { claim } = claimingOn(store, await aMembership());
  const answers = await Promise.all([claim(message(runId), token()), claim(message(runId, 2), token())]);
  expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['started', 'undecided']);
  expect(await claim(message(runId, 2), token())).toMatchObject({ kind: 'stale' });
  expect((await theRun(store, runId)).attempt).toBe(1);
});

test('SE-1 a settle whose reply was lost is known by its token, and settles once', async () => {
  const membership = await aMembership();
  const workerId = membership.id() ?? '';
  const runId = await aRun(store, await aJob(store));
  await claimingOn(store, membership).claim(message(runId), token());
  const settle = createSettling({
    // The outputs are searched before the transaction, whose reply is lost.
    store: { ...losingReplies(store, 1), ask: store.ask },
    onRefused: () => undefined,
    onStuck: () => undefined,
    onUnstuck: () => undefined,
    onRoom: () => undefined,
    onQueued: () => undefined,
  });
  const excerpts = { stdout: emptyExcerpt, stderr: emptyExcerpt };
  const report = { outcome: { kind: 'exited', exitCode: 0 }, ...excerpts, spawnedAt: null } as const;
  expect(await settle({ runId, attempt: 1, workerId }, report)).toEqual({ kind: 'accepted' });
  expect(await settle({ runId, attempt: 1, workerId }, report)).toEqual({ kind: 'stale' });
  expect(await eventTypesOf(store, runId)).toEqual(['run.queued', 'run.started', 'run.succeeded']);
});

test('TX-4 what runs are to do is read in one go, and asked for until it is answered', async () => {
  const jobs = await Promise.all([aJob(store, { turn: { shell: 'echo one' } }), aJob(store)]);
  const [first, second] = await Promise.all(jobs.map((job) => aRun(store, job)));
  const readOrder = createOrders(losingReplies(store, 1));
  const { signal } = new AbortController();
  const orders = await Promise.all([readOrder(first ?? '', signal), readOrder(second ?? '', signal)]);
  expect(orders.map((order) => order?.slug)).toEqual(jobs.map((job) => job.document.id));
  expect(orders[0]).toMatchObject({ turn: { command: { script: 'echo one' } }, context: null });
});

test('a run without a turn delays no other, and one that is stopped asks no more', async () => {
  const runId = await aRun(store, await aJob(store));
  const { signal } = new AbortController();
  const readOrder = createOrders(store);
  const nobody = '00000000-0000-7000-8000-000000000000';
  const [missing, order] = await Promise.allSettled([readOrder(nobody, signal), readOrder(runId, signal)]);
  expect(missing).toMatchObject({
    status: 'rejected',
    reason: new Error(`run ${nobody} is claimed and has no turn`),
  });
  expect(order.status).toBe('fulfilled');

  const stopping = new AbortController();
  const stopped = createOrders(losingReplies(store, 1_000))(runId, stopping.signal);
  stopping.abort('drained');
  expect(await stopped).toBeNull();
});
