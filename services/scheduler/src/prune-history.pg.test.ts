import { makeLogPartitions, type Store, settleAttempts } from '@flotilla/storage';
import { aJob, atWork, databaseNow, openTestLedger, theRun } from '@flotilla/storage/test-ledger';
import { beforeEach, expect, test, vi } from 'vitest';
import { LaneLost } from './lane.ts';
import { createLanes } from './lanes.ts';
import { createPruning, type Pruned } from './prune-history.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;
const job = await aJob(store, { overlap: 'allow' });
const day = 86_400_000;
const retentions = { runsMs: 90 * day, outputsMs: 14 * day, eventsMs: 14 * day };
const never = new AbortController().signal;

const nothing = {
  runs: 0,
  outputs: 0,
  events: 0,
  alarms: 0,
  workers: 0,
  endings: 0,
  strayLogChunks: 0,
  logPartitions: [],
};

beforeEach(async () => {
  await sql('DELETE FROM runs');
  await sql('DELETE FROM events');
});

/** A replica that prunes, so many days from now. */
function aReplica(own: Store = ledger.another()) {
  const { laneOf, releaseLanes } = createLanes();
  const passes: Pruned[] = [];
  const lane = laneOf(own, 'prune');
  return {
    lane,
    passes,
    releaseLanes,
    async passAfter(days: number, signal = never): Promise<void> {
      const now = await databaseNow(store);
      const onPruned = (pruned: Pruned) => passes.push(pruned);
      const options = { store: own, lane, retentions, onPruned, clock: async () => now + days * day + 1_000 };
      await createPruning(options)(signal);
    },
  };
}

async function ended(): Promise<string> {
  const end = (await atWork(store, job))({ kind: 'exited', exitCode: 0 });
  await settleAttempts(store, [end]);
  return end.runId;
}

test('ID-3 details go first, rows after 90 days, the last run of the job never', async () => {
  const [first, last] = [await ended(), await ended()];
  await sql('UPDATE events SET stream_seq = 1, stream_epoch = 1');
  const [today] = await makeLogPartitions(store, Date.now());
  const replica = aReplica();
  await replica.passAfter(13);
  expect(replica.passes).toEqual([nothing]);
  await replica.passAfter(15);
  expect(replica.passes[1]).toEqual({ ...nothing, outputs: 2, events: 6, logPartitions: [today] });
  expect((await theRun(store, first)).attempts).toMatchObject([{ outputPruned: true }]);
  await replica.passAfter(91);
  expect(replica.passes[2]).toMatchObject({ runs: 1, outputs: 0 });
  expect(await sql('SELECT id FROM runs')).toEqual([{ id: last }]);
  await replica.releaseLanes();
});

test('CK-1 on a host whose clock is years ahead nothing is pruned before its time', async () => {
  await ended();
  await sql('UPDATE events SET stream_seq = 1, stream_epoch = 1');
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2_000 * day);
  const passes: Pruned[] = [];
  const lane = createLanes().laneOf(store, 'prune');
  await createPruning({ store, lane, retentions, onPruned: (pruned) => passes.push(pruned) })(never);
  vi.restoreAllMocks();
  expect(passes).toEqual([nothing]);
  await lane.release();
});

test('TX-6 one replica prunes at a time, and one that lost the lane prunes nothing more', async () => {
  await ended();
  const [holder, other] = [aReplica(), aReplica()];
  await holder.lane.hold(async () => {
    await other.passAfter(15);
    expect(other.passes).toEqual([]);
  });
  const lost = createPruning({
    store,
    lane: {
      hold: (work) =>
        work({
          lease: { name: 'prune', holder: '', number: 1 },
          assertHeld() {
            throw new LaneLost('lost');
          },
          renumber: () => Promise.resolve(),
        }),
      release: () => Promise.resolve(),
    },
    retentions: { runsMs: -day, outputsMs: -day, eventsMs: -day },
    onPruned: () => undefined,
  });
  await expect(lost(never)).rejects.toThrow(LaneLost);
  expect(await sql('SELECT run_id FROM attempts WHERE output_pruned')).toEqual([]);
  await holder.releaseLanes();
});

test('a stop ends the pause between two batches', async () => {
  await sql(
    `INSERT INTO events (entity_id, version, entity, type, job_id, data, lane, stream_seq, stream_epoch)
     SELECT $1, n, 'job', 'job.changed', $1, '{}', 0, n, 1 FROM generate_series(10, 509) AS n`,
    [job.jobId],
  );
  const replica = aReplica();
  await expect(replica.passAfter(15, AbortSignal.abort())).rejects.toThrow('aborted');
  expect(await sql('SELECT version FROM events')).toEqual([]);
  expect(replica.passes).toEqual([]);
  await replica.releaseLanes();
});
