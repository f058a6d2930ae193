import { expect, test } from 'vitest';
import { requestCancel } from './cancel.ts';
import { claimRuns } from './claim.ts';
import type { Session, Store } from './connect.ts';
import type { JobView } from './job-view.ts';
import { settleAttempts } from './settle.ts';
import {
  aClaim,
  aJob,
  anEnd,
  aPool,
  aRun,
  aWorker,
  claim,
  databaseNow,
  eventTypesOf,
  openTestLedger,
  someRuns,
  theRun,
  untilWaiting,
} from './test-ledger.ts';
import type { RoomMade } from './unblock.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;

async function stateOf(runId: string): Promise<string> {
  const { state, reason } = await theRun(store, runId);
  return reason ?? state;
}

/** A job in a pool of its own, and a worker that serves it. */
async function aCappedJob(capacity: number | null, fields: Record<string, unknown> = {}) {
  const pool = await aPool(store, capacity);
  const [job, workerId] = await Promise.all([aJob(store, { pool, ...fields }), aWorker(store, [pool])]);
  return { pool, job, workerId };
}

async function settled(runId: string, workerId: string, attempt = 1): Promise<RoomMade | null> {
  let room: RoomMade | null = null;
  await settleAttempts(store, [anEnd({ runId, attempt, workerId })], {
    onRoom: (made) => {
      room = made;
    },
  });
  return room;
}

const kindOf = async (workerId: string, runId: string, attempt = 0) =>
  (await claim(store, workerId, aClaim(runId, attempt))).kind;

test('GA-2 the end of a run queues the oldest blocked one of its job, to be handed out at once', async () => {
  const { job, workerId } = await aCappedJob(null, { overlap: 'queue' });
  const [first = '', second = '', third = ''] = await someRuns(store, job, 3);
  for (const runId of [first, third, second]) await kindOf(workerId, runId);
  await sql('UPDATE runs SET handed_out_at = NULL WHERE job_id = $1', [job.jobId]);
  expect([await stateOf(second), await stateOf(third)]).toEqual(['blocked', 'blocked']);
  expect(await settled(first, workerId)).toEqual({ unblocked: [second], isLeft: false });
  expect([await stateOf(second), await stateOf(third)]).toEqual(['queued', 'blocked']);
  expect(await kindOf(workerId, second)).toBe('started');
  expect(await eventTypesOf(store, second)).toEqual([
    'run.queued',
    'run.blocked',
    'run.unblocked',
    'run.started',
  ]);
});

test('GA-2 the end of a run gives its room to the first in the line of its pool', async () => {
  const { pool, job, workerId } = await aCappedJob(2, { overlap: 'allow' });
  const urgent = await aJob(store, { pool, overlap: 'allow', priority: 5 });
  const runIds = await someRuns(store, job, 4);
  const last = await aRun(store, urgent);
  for (const runId of [...runIds, last]) await kindOf(workerId, runId);
  expect(await Promise.all([...runIds, last].map(stateOf))).toEqual([
    'running',
    'running',
    'blocked',
    'blocked',
    'blocked',
  ]);
  expect(await settled(runIds[0] ?? '', workerId)).toEqual({ unblocked: [last], isLeft: false });
  expect(await settled(runIds[1] ?? '', workerId)).toEqual({ unblocked: [runIds[2]], isLeft: false });
});

test('GA-2 where the first in the line counts others, its room is left to who may ask for its gate', async () => {
  const { pool, job, workerId } = await aCappedJob(1, { overlap: 'allow' });
  const gated = await aJob(store, { pool, overlap: 'queue' });
  const now = await databaseNow(store);
  const [first = '', second = '', third = ''] = [
    await aRun(store, job, { dueAt: now - 3 }),
    await aRun(store, gated, { dueAt: now - 2 }),
    await aRun(store, job, { dueAt: now - 1 }),
  ];
  await kindOf(workerId, first);
  expect([await kindOf(workerId, second), await kindOf(workerId, third)]).toEqual(['waits', 'waits']);
  expect(await settled(first, workerId)).toEqual({ unblocked: [], isLeft: true });
  expect([await stateOf(second), await stateOf(third)]).toEqual(['blocked', 'blocked']);
});

test('GA-3 a run that goes on holds its room, and those that come later wait behind it', async () => {
  const { job, workerId } = await aCappedJob(1, { overlap: 'allow' });
  const [first = '', second = '', third = ''] = await someRuns(store, job, 3);
  await kindOf(workerId, first);
  await kindOf(workerId, second);
  await settled(first, workerId);
  expect(await kindOf(workerId, third)).toBe('waits');
  expect(await kindOf(workerId, second)).toBe('started');
});

test.each([
  ['over', "- interval '1 ms'"],
  ['further ahead than rooms are held', "+ interval '1 h'"],
])('GA-3, TX-6 a room whose time is %s is held no longer', async (_, far) => {
  const { job, workerId } = await aCappedJob(1, { overlap: 'allow' });
  const [first = '', second = '', third = ''] = await someRuns(store, job, 3);
  await kindOf(workerId, first);
  await kindOf(workerId, second);
  await settled(first, workerId);
  await sql(`UPDATE runs SET held_until = clock_timestamp() ${far} WHERE id = $1`, [second]);
  expect(await kindOf(workerId, third)).toBe('started');
  expect(await kindOf(workerId, second)).toBe('waits');
});

/** A store whose transactions stop before one statement until `meanwhile` says so. */
function stoppingBefore(name: string, meanwhile: () => Promise<unknown>): Store {
  const own = ledger.another();
  const stopping = (session: Session): Session => ({
    async ask(query, values) {
      if (query.name === name) await meanwhile();
      return session.ask(query, values);
    },
  });
  return { ...own, transaction: (use) => own.transaction((session) => use(stopping(session))) };
}

/** GA-1: two runs of which one is at work, and a claim of the other that has counted it and has not written yet. */
async function blockedBehindAnEnd(
  { job, workerId }: { job: JobView; workerId: string },
  end: (runId: string) => Promise<unknown>,
): Promise<string> {
  const [first = '', second = ''] = await someRuns(store, job, 2);
  await kindOf(workerId, first);
  let ending: Promise<unknown> = Promise.resolve();
  const slow = stoppingBefore('block-runs', async () => {
    ending = end(first);
    await Promise.race([ending, untilWaiting(ledger, 1)]);
  });
  await claim(slow, workerId, aClaim(second));
  await ending;
  return stateOf(second);
}

test.each([
  ['the job', null, 'queue'],
  ['the pool', 1, 'allow'],
])(
  'GA-1 an end waits for a claim that counts %s: nobody stays blocked behind it',
  async (_, cap, overlap) => {
    const owner = await aCappedJob(cap, { overlap });
    expect(await blockedBehindAnEnd(owner, (runId) => settled(runId, owner.workerId))).toBe('queued');
  },
);

test('GA-1 a cancel waits for a claim that counts, and lets the next one go on', async () => {
  const { job, workerId } = await aCappedJob(null, { overlap: 'queue', retry: { attempts: 2, delay: '1h' } });
  const [first = '', second = ''] = await someRuns(store, job, 2);
  await kindOf(workerId, first);
  const failed = anEnd({ runId: first, attempt: 1, workerId }, { kind: 'exited', exitCode: 1 });
  await settleAttempts(store, [failed]);
  let cancelling: Promise<unknown> = Promise.resolve();
  const slow = stoppingBefore('block-runs', async () => {
    cancelling = requestCancel(store, first);
    await Promise.race([cancelling, untilWaiting(ledger, 1)]);
  });
  expect(await claim(slow, workerId, aClaim(second))).toEqual({ kind: 'waits' });
  await cancelling;
  expect([await stateOf(first), await stateOf(second)]).toEqual(['requested', 'queued']);
});

test('AD-1 overlap queue: a full backlog takes no further run, and says so', async () => {
  const { job, workerId } = await aCappedJob(null, { overlap: 'queue', backlog: 2 });
  const runIds = await someRuns(store, job, 4);
  for (const runId of runIds) await kindOf(workerId, runId);
  expect(await Promise.all(runIds.map(stateOf))).toEqual(['running', 'blocked', 'blocked', 'backlog']);
  await settled(runIds[0] ?? '', workerId);
  expect(await kindOf(workerId, runIds[1] ?? ''), 'asked once').toBe('started');
});

test('AD-1 overlap latest: the newest of those that wait is left, and starts when the others have ended', async () => {
  const { job, workerId } = await aCappedJob(null, { overlap: 'latest' });
  const runIds = await someRuns(store, job, 4);
  for (const runId of runIds) await kindOf(workerId, runId);
  expect(await Promise.all(runIds.map(stateOf))).toEqual(['running', 'superseded', 'superseded', 'blocked']);
  expect(await settled(runIds[0] ?? '', workerId)).toMatchObject({ unblocked: [runIds[3]] });
  expect(await kindOf(workerId, runIds[3] ?? '')).toBe('started');
});

test('AD-2 a retry needs room in its pool alone, and waits there in its turn', async () => {
  const { job, workerId } = await aCappedJob(1, { overlap: 'queue', retry: { attempts: 2, delay: '0s' } });
  const other = await aJob(store, { pool: job.document.pool, overlap: 'allow' });
  const [again = '', next = ''] = await someRuns(store, job, 2);
  const rival = await aRun(store, other);
  await kindOf(workerId, again);
  await kindOf(workerId, rival);
  await settleAttempts(store, [
    anEnd({ runId: again, attempt: 1, workerId }, { kind: 'exited', exitCode: 1 }),
  ]);
  expect(await kindOf(workerId, again, 1), 'the room is held for the rival').toBe('waits');
  expect(await kindOf(workerId, next), 'the retry counts as running').toBe('waits');
  expect(await kindOf(workerId, rival)).toBe('started');
  expect(await settled(rival, workerId), 'no gate of its job is needed').toMatchObject({
    unblocked: [again],
  });
  expect(await kindOf(workerId, again, 1)).toBe('started');
});

test('AD-1 overlap cancel: the newer one asks the one at work to end, and starts when it has', async () => {
  const { job, workerId } = await aCappedJob(null, { overlap: 'cancel' });
  const [first = '', second = ''] = await someRuns(store, job, 2);
  await kindOf(workerId, first);
  const asked: string[] = [];
  const results = await claimRuns(store, workerId, [aClaim(second)], (runIds) => asked.push(...runIds));
  expect([results.get(second)?.kind, asked]).toEqual(['waits', [first]]);
  const ended = anEnd({ runId: first, attempt: 1, workerId }, { kind: 'cancelled' });
  await settleAttempts(store, [ended]);
  expect([await stateOf(first), await kindOf(workerId, second)]).toEqual(['overlap_cancel', 'started']);
});

test('TX-2 a claim waits for no run: one that somebody holds keeps a batch undecided', async () => {
  const { job, workerId } = await aCappedJob(null, { overlap: 'latest' });
  const [first = '', second = '', third = ''] = await someRuns(store, job, 3);
  await kindOf(workerId, first);
  await kindOf(workerId, second);
  await ledger.another().transaction(async (session) => {
    await session.ask({ name: '', text: 'SELECT 1 FROM runs WHERE id = $1 FOR UPDATE' }, [second]);
    expect(await kindOf(workerId, third)).toBe('undecided');
  });
  expect(await kindOf(workerId, third)).toBe('waits');
  expect([await stateOf(second), await stateOf(third)]).toEqual(['superseded', 'blocked']);
});
