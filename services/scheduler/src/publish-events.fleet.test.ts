import { connectNats, EventRefused, followEvents, type Publisher } from '@flotilla/events';
import { countUnpublished, type Store, settleAttempts, type UnpublishedEvent } from '@flotilla/storage';
import { aClaim, aJob, anEnd, aWorker, claim, openTestLedger, someRuns } from '@flotilla/storage/test-ledger';
import { afterAll, expect, inject, onTestFinished, test } from 'vitest';
import { createLanes } from './lanes.ts';
import { createPublishing } from './publish-events.ts';
import { createStreamConnection, type StreamConnection } from './stream-connection.ts';
import { openTestLine } from './test-line.ts';

const { store, another, sql } = await openTestLedger();
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

function aStream(url = inject('natsUrl')): StreamConnection {
  const stream = createStreamConnection({ url, name: 'flotilla test' });
  closing.push(() => stream.close());
  return stream;
}

interface Wiring {
  readonly own?: Store;
  readonly stream?: StreamConnection;
  /** Stands between the publishing and the stream. */
  readonly around?: (publisher: Publisher) => Publisher;
}

/** One replica's publishing. */
function aReplica({ own = store, stream = aStream(), around = (publisher) => publisher }: Wiring = {}) {
  const { laneOf, releaseLanes } = createLanes();
  onTestFinished(releaseLanes);
  const refused: string[] = [];
  const step = createPublishing({
    store: own,
    publisher: async () => around(await stream.publisher()),
    dropConnection: () => stream.close(),
    laneOf: (lane) => laneOf(own, `publish ${lane}`),
    onPublished: () => undefined,
    onRefused: (row: UnpublishedEvent) => refused.push(row.event.id),
  });
  const publishAll = async () => {
    while ((await countUnpublished(own)) > 0) await step();
  };
  return { step, publishAll, refused };
}

/** Runs that were queued, started and settled: three events each, and the job's own. */
async function someHistory(count: number): Promise<string[]> {
  const [job, workerId] = await Promise.all([aJob(store, { overlap: 'allow' }), aWorker(store)]);
  const runIds = await someRuns(store, job, count);
  for (const runId of runIds) await claim(store, workerId, aClaim(runId));
  await settleAttempts(
    store,
    runIds.map((runId) => anEnd({ runId, attempt: 1, workerId })),
  );
  return [...runIds, job.jobId];
}

/** What the stream has of the entities, in its order: its ids, as often as they lie there. */
async function streamed(entityIds: readonly string[]): Promise<Map<string, number[]>> {
  const rows = await sql<{ first: number; last: number }>(
    'SELECT min(stream_seq) AS first, max(stream_seq) AS last FROM events WHERE entity_id = ANY ($1::uuid[])',
    [entityIds],
  );
  const { first = 0, last = 0 } = rows[0] ?? {};
  const nats = await connectNats({ url: inject('natsUrl'), name: 'flotilla test' });
  const wanted = new Map<string, number[]>(entityIds.map((id) => [id, []]));
  for await (const { event, sequence } of followEvents(nats, {
    from: first,
    signal: AbortSignal.timeout(50_000),
  })) {
    const [entityId = '', version] = event.id.split('.');
    wanted.get(entityId)?.push(Number(version));
    if (sequence >= last) break;
  }
  await nats.close();
  return wanted;
}

/** EV-6: each event once, the versions of each entity in their order. */
async function expectAllInOrder(entityIds: readonly string[]): Promise<void> {
  expect(await countUnpublished(store)).toBe(0);
  const versions = [...(await streamed(entityIds)).values()];
  expect(versions).toEqual([...entityIds.slice(0, -1).map(() => [1, 2, 3]), [1]]);
}

test('EV-2 every fact reaches the stream once, in the order of its entity', async () => {
  const entityIds = await someHistory(30);
  await aReplica().publishAll();
  await expectAllInOrder(entityIds);
});

test('EV-2 at most one event of an entity is unacknowledged', async () => {
  const entityIds = await someHistory(10);
  const open = new Set<string>();
  let most = 0;
  const watched = aReplica({
    around: (publisher) => ({
      async publish(event, ...rest) {
        const entity = event.id.split('.')[0] ?? '';
        expect(open.has(entity)).toBe(false);
        open.add(entity);
        most = Math.max(most, open.size);
        const sequence = await publisher.publish(event, ...rest);
        open.delete(entity);
        return sequence;
      },
    }),
  });
  await watched.publishAll();
  expect(most).toBeGreaterThan(1); // of different entities, side by side
  await expectAllInOrder(entityIds);
});

test('EV-5 while NATS is away a look fails and loses nothing', async () => {
  const line = await openTestLine(inject('natsUrl'));
  const entityIds = await someHistory(10);
  const stream = aStream(line.url);
  const { step, publishAll } = aReplica({ stream });
  line.cut();
  await expect(step()).rejects.toThrow('NATS cannot be used');
  expect(stream.problem()).toContain('NATS cannot be used');
  await expect(step()).rejects.toThrow();
  line.mend();
  await publishAll();
  expect(stream.problem()).toBeNull();
  await expectAllInOrder(entityIds);
});

test('EV-2 a connection cut before its acknowledgements drops the batch, which is sent again to no harm', async () => {
  const line = await openTestLine(inject('natsUrl'));
  const entityIds = await someHistory(20);
  const stream = aStream(line.url);
  let isCutting = true;
  const { step, publishAll } = aReplica({
    stream,
    around: (publisher) => ({
      publish(...all) {
        if (isCutting) line.muteServer();
        const publishing = publisher.publish(...all);
        if (isCutting) setTimeout(() => line.cut(), 50); // by then the server has the batch
        return publishing;
      },
    }),
  });
  await expect(step()).rejects.toThrow();
  expect(await countUnpublished(store)).toBeGreaterThan(0);
  isCutting = false;
  line.mend();
  await publishAll();
  await expectAllInOrder(entityIds);
});

test('TX-6 two replicas share the lanes and send nothing twice', async () => {
  const entityIds = await someHistory(40);
  const replicas = [aReplica(), aReplica({ own: another() })];
  await Promise.all(replicas.map(({ publishAll }) => publishAll()));
  await expectAllInOrder(entityIds);
});

test('EV-4 what was sent under an older epoch of the stream stays unpublished', async () => {
  const entityIds = await someHistory(1);
  let isRewinding = true;
  const { step, publishAll } = aReplica({
    around: (publisher) => ({
      async publish(...all) {
        const sequence = await publisher.publish(...all);
        if (isRewinding) await sql("UPDATE epochs SET epoch = epoch + 1 WHERE name = 'stream'");
        return sequence;
      },
    }),
  });
  await step();
  expect(await countUnpublished(store)).toBeGreaterThan(0);
  isRewinding = false;
  await publishAll();
  const rows = await sql<{ late: boolean }>(
    `SELECT stream_epoch <> (SELECT epoch FROM epochs WHERE name = 'stream') AS late
     FROM events WHERE entity_id = ANY ($1::uuid[])`,
    [entityIds],
  );
  expect(rows.every(({ late }) => !late)).toBe(true);
});

test('EV-5 a row that the stream refuses is set aside, told, and delays nobody', async () => {
  const entityIds = await someHistory(3);
  const [victim = ''] = entityIds;
  const replica = aReplica({
    around: (publisher) => ({
      publish(event, ...rest) {
        if (event.id === `${victim}.2`) throw new EventRefused('too large');
        return publisher.publish(event, ...rest);
      },
    }),
  });
  await replica.publishAll();
  expect(replica.refused).toEqual([`${victim}.2`]);
  expect((await streamed(entityIds)).get(victim)).toEqual([1, 3]);
  const [row] = await sql('SELECT refused_why FROM events WHERE entity_id = $1 AND version = 2', [victim]);
  expect(row).toEqual({ refused_why: 'too large' });
  expect(await replica.step()).toBe('idle');
});

test('EV-3 a connection that is lost is replaced, and one that could not be begun is not kept', async () => {
  const line = await openTestLine(inject('natsUrl'));
  const stream = aStream(line.url);
  const first = await stream.publisher();
  expect(await stream.publisher()).toBe(first);
  line.cut();
  await expect.poll(() => stream.publisher().catch(() => null)).toBeNull();
  line.mend();
  const [second, third] = await Promise.all([stream.publisher(), stream.publisher()]);
  expect(second).not.toBe(first);
  expect(third).toBe(second);
  await stream.close();
  expect(await stream.publisher()).not.toBe(second);
});
