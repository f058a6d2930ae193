import { EventRefused, type Publisher } from '@flotilla/events';
import { countUnpublished } from '@flotilla/storage';
import { aJob, openTestLedger } from '@flotilla/storage/test-ledger';
import { expect, inject, test } from 'vitest';
import { openTestLine } from './test-line.ts';
import * as replicas from './test-replica.ts';

const { store, another, sql } = await openTestLedger();

interface Wiring {
  readonly own?: typeof store;
  readonly stream?: ReturnType<typeof aStream>;
  readonly around?: (publisher: Publisher) => Publisher;
}

const aStream = (url = inject('natsUrl')) => replicas.aStream(url);
const aReplica = ({ own = store, stream = aStream(), around }: Wiring = {}) =>
  replicas.aReplica(own, stream, around);
const someHistory = (count: number) => replicas.someHistory(store, count);

/** What the stream has of the entities, in its order: their versions, as often as they lie there. */
async function streamed(entityIds: readonly string[]): Promise<Map<string, number[]>> {
  const rows = await sql<{ from: number; to: number }>(
    'SELECT min(stream_seq) AS from, max(stream_seq) AS to FROM events WHERE entity_id = ANY ($1::uuid[])',
    [entityIds],
  );
  return replicas.streamed(inject('natsUrl'), entityIds, rows[0] ?? { from: 1, to: 1 });
}

/** The job's next event, whatever it says. Both jobs are in one lane: one cursor would pass over the late one. */
const rewriteEvent = `INSERT INTO events (entity_id, version, entity, type, job_id, data, lane)
  SELECT entity_id, 2, entity, type, job_id, data, 0 FROM events WHERE entity_id = $1 AND version = 1`;

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
      ...publisher,
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

test('EV-2 what commits late is published late, and not lost', async () => {
  const [early, late] = [await aJob(store, { overlap: 'allow' }), await aJob(store, { overlap: 'allow' })];
  const { publishAll } = aReplica();
  await publishAll();
  const open = await another().pool.connect();
  await open.query('BEGIN');
  await open.query(rewriteEvent, [early.jobId]); // draws its order number first
  await sql(rewriteEvent, [late.jobId]);
  await publishAll();
  await open.query('COMMIT');
  open.release();
  await publishAll();
  const seen = await streamed([early.jobId, late.jobId]);
  expect([...seen.values()]).toEqual([
    [1, 2],
    [1, 2],
  ]);
  const [order] = await sql<{ isCrossed: boolean }>(
    `SELECT (SELECT order_number FROM events WHERE entity_id = $1 AND version = 2)
       < (SELECT order_number FROM events WHERE entity_id = $2 AND version = 2) AS "isCrossed"`,
    [early.jobId, late.jobId],
  );
  expect(order).toEqual({ isCrossed: true });
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
      ...publisher,
      publish(...all) {
        if (isCutting) line.muteServer();
        const publishing = publisher.publish(...all);
        if (isCutting) setTimeout(() => isCutting && line.cut(), 50); // by then the server has the batch
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
      ...publisher,
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
      ...publisher,
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
