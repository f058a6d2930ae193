import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { connectNats, followEvents } from '@flotilla/events';
import { aReplica, aStream, someHistory } from '@flotilla/scheduler/test-replica';
import { countUnpublished, StorageUnavailable, type Store } from '@flotilla/storage';
import { openTestLedger } from '@flotilla/storage/test-ledger';
import type { JetStreamManager } from 'nats';
import { afterAll, beforeEach, expect, inject, test } from 'vitest';
import { startServers } from '../support/servers.ts';

const servers = await startServers(join(inject('runDir'), 'stream-is-lost'), 'nats');
const { nats } = servers;
afterAll(() => servers.stop());
const { store, another, sql } = await openTestLedger();

const streamName = 'FLOTILLA_EVENTS';
const older = join(dirname(nats.spec.dataDir), 'older');

/** Each test has a ledger and a stream without events. */
beforeEach(async () => {
  await sql('DELETE FROM events');
  await sql('DELETE FROM stream_lanes');
  await manage(({ streams }) => streams.delete(streamName).catch(() => false));
});

async function withNatsStopped(act: () => Promise<unknown>): Promise<void> {
  await nats.stop();
  await act();
  await nats.restart();
}

async function rewind(): Promise<void> {
  await rm(nats.spec.dataDir, { recursive: true });
  await cp(older, nats.spec.dataDir, { recursive: true });
}

const keepCopy = () =>
  withNatsStopped(async () => {
    await rm(older, { recursive: true, force: true });
    await cp(nats.spec.dataDir, older, { recursive: true });
  });

async function manage<T>(act: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connectNats({ url: nats.url, name: 'flotilla test' });
  try {
    return await act(await connection.jetstreamManager());
  } finally {
    await connection.close();
  }
}

async function epoch(): Promise<number> {
  const [row] = await sql<{ epoch: number }>("SELECT epoch FROM epochs WHERE name = 'stream'");
  return row?.epoch ?? 0;
}

/** Ids of events in the order of the stream, each as often as it lies there. */
async function inStream(): Promise<string[]> {
  const { last_seq } = await manage(async ({ streams }) => (await streams.info(streamName)).state);
  const ids: string[] = [];
  const connection = await connectNats({ url: nats.url, name: 'flotilla test' });
  const signal = AbortSignal.timeout(30_000);
  for await (const { event, sequence } of followEvents(connection, { from: 1, signal })) {
    ids.push(event.id);
    if (sequence === last_seq) break;
  }
  await connection.close();
  return ids;
}

/** EV-6: every event that the ledger has, in the order of its entity, once after dropping known ones. */
async function expectEveryEvent(): Promise<void> {
  expect(await countUnpublished(store)).toBe(0);
  const rows = await sql<{ id: string }>(
    "SELECT entity_id || '.' || version AS id FROM events ORDER BY entity_id, version",
  );
  const entityOf = (id: string) => id.slice(0, id.indexOf('.'));
  const first = [...new Set(await inStream())];
  const seen = first.toSorted((one, other) => entityOf(one).localeCompare(entityOf(other)));
  expect(seen).toEqual(rows.map(({ id }) => id));
}

const anyReplica = (own: Store = store) => aReplica(own, aStream(nats.url));

test('EV-5 NATS away: what is written meanwhile arrives, and nothing is sent twice', async () => {
  const replica = anyReplica();
  await someHistory(store, 10);
  await replica.publishAll();
  await withNatsStopped(async () => {
    await someHistory(store, 10);
    await expect(replica.step()).rejects.toThrow('NATS cannot be used');
  });
  await replica.publishAll();
  await expectEveryEvent();
  expect(replica.rewound).toEqual([]);
  const ids = await inStream();
  expect(new Set(ids).size).toBe(ids.length);
});

const losses = {
  'rewound to an older copy': rewind,
  'deleted while NATS was away': () =>
    rm(join(nats.spec.dataDir, 'jetstream', '$G', 'streams', streamName), { recursive: true }),
  'restarted empty': () => rm(join(nats.spec.dataDir, 'jetstream'), { recursive: true }),
};

test.each(Object.entries(losses))(
  'EV-3 of a stream that was %s what is lost is sent again first',
  async (_, lose) => {
    const [replica, other] = [anyReplica(), anyReplica(another())];
    await someHistory(store, 10);
    await replica.publishAll();
    await keepCopy();
    await replica.step().catch(() => undefined);
    await someHistory(store, 20);
    await replica.publishAll();
    const before = await epoch();
    await withNatsStopped(async () => {
      await lose();
      await someHistory(store, 5);
    });
    await Promise.all([replica.publishAll(), other.publishAll()]);
    await expectEveryEvent();
    expect(await epoch()).toBe(before + 1);
    expect([...replica.rewound, ...other.rewound]).toEqual([before + 1]);
  },
);

test('EV-3 a lane that has nothing new to say is verified too', async () => {
  const replica = anyReplica();
  await someHistory(store, 10);
  await replica.publishAll();
  await withNatsStopped(losses['restarted empty']);
  expect(await countUnpublished(store)).toBe(0);
  await replica.publishAll();
  await expectEveryEvent();
});

test('EV-3 a stream that was rewound and has grown beyond the lane since is known by its messages', async () => {
  const replica = anyReplica();
  await someHistory(store, 5);
  await replica.publishAll();
  await keepCopy();
  await replica.step().catch(() => undefined);
  await someHistory(store, 10);
  await replica.publishAll();
  const last = await manage(async ({ streams }) => (await streams.info(streamName)).state.last_seq);
  await withNatsStopped(rewind);
  await fillUpTo(last + 20);
  await replica.publishAll();
  await expectEveryEvent();
  expect(replica.rewound).toHaveLength(1);
});

async function fillUpTo(sequence: number): Promise<void> {
  const connection = await connectNats({ url: nats.url, name: 'flotilla test' });
  const stream = connection.jetstream();
  while ((await stream.publish('flotilla.events.run.teleported.x', '{}')).seq < sequence);
  await connection.close();
}

test('EV-3 a stream that is deleted on a running server is made again, and has everything again', async () => {
  const replica = anyReplica();
  await someHistory(store, 10);
  await replica.publishAll();
  const configured = await manage(async ({ streams }) => (await streams.info(streamName)).config);
  await manage(({ streams }) => streams.delete(streamName));
  await someHistory(store, 3);
  await replica.publishAll();
  await expectEveryEvent();
  expect(await manage(async ({ streams }) => (await streams.info(streamName)).config)).toEqual(configured);
});

test('EV-3 somebody else who makes the deleted stream again hides nothing', async () => {
  const replica = anyReplica();
  await someHistory(store, 10);
  await replica.publishAll();
  await manage(async ({ streams }) => {
    const { config } = await streams.info(streamName);
    await streams.delete(streamName);
    await streams.add(config);
  });
  await expect(replica.step()).rejects.toThrow('deleted on a running NATS server');
  await replica.publishAll();
  await expectEveryEvent();
});

test('EV-3 events that have aged out of the stream raise no epoch', async () => {
  const replica = anyReplica();
  await someHistory(store, 10);
  await replica.publishAll();
  await manage(async ({ streams }) => {
    const { last_seq } = (await streams.info(streamName)).state;
    await streams.purge(streamName, { seq: last_seq - 1 });
  });
  await withNatsStopped(async () => undefined);
  await someHistory(store, 1);
  await replica.publishAll();
  expect(replica.rewound).toEqual([]);
  expect(await inStream()).toHaveLength(2 + 4);
});

test('EV-3 events older than the stream keeps any are not sent again', async () => {
  const replica = anyReplica();
  await someHistory(store, 5);
  await replica.publishAll();
  await sql("UPDATE events SET at = at - interval '15 days'");
  await withNatsStopped(losses['restarted empty']);
  await someHistory(store, 2);
  await replica.publishAll();
  expect(replica.rewound).toEqual([]);
  expect(await inStream()).toHaveLength(2 * 3 + 1);
});

/** The same ledger, in which a statement may be kept waiting, or its answer cut. */
function intercepted(
  own: Store,
  on: (
    statement: { name: string },
    ask: () => Promise<unknown>,
    values: readonly unknown[],
  ) => Promise<unknown>,
): Store {
  const ask: Store['ask'] = async <Row>(...asked: Parameters<Store['ask']>) =>
    (await on(asked[0], () => own.ask(...asked), asked[1] ?? [])) as Row[];
  return Object.assign(Object.create(own) as Store, { ask });
}

test('EV-4 a mark that outlives its connection is nothing to a stream that was rewound meanwhile', async () => {
  let late: (() => Promise<unknown>) | undefined;
  let isCut = true;
  const replica = anyReplica(
    intercepted(store, async ({ name }, ask) => {
      if (name === 'mark-published' && isCut) {
        late = ask; // Postgres gets it after all, when the client has given it up
        throw new StorageUnavailable('no answer');
      }
      if (name === 'read-unpublished' && late !== undefined) await late();
      return await ask();
    }),
  );
  await someHistory(store, 1);
  await expect(replica.step()).rejects.toThrow('no answer');
  isCut = false;
  await withNatsStopped(losses['restarted empty']);
  await replica.publishAll();
  expect(late).toBeDefined();
  await expectEveryEvent();
});

function aGate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

test('EV-4 what is marked after a freeze is nothing to the heir, who has verified the lane', async () => {
  await someHistory(store, 1);
  const lanes = await sql<{ lane: number }>('SELECT DISTINCT lane FROM events');
  const [frozen, thawing] = [aGate(), aGate()];
  let isFrozen = false;
  const sleeper = anyReplica(
    intercepted(store, async ({ name }, ask) => {
      if (name === 'mark-published') {
        isFrozen = true;
        frozen.open();
      }
      if (isFrozen) await thawing.opened; // its renewals wait too
      return await ask();
    }),
  );
  const sleeping = sleeper.step().catch((error: unknown) => error);
  await frozen.opened;
  await sql("UPDATE leases SET until = until - interval '1 hour' WHERE name LIKE 'publish %'");
  await withNatsStopped(losses['restarted empty']);
  const heir = anyReplica(
    intercepted(another(), async ({ name }, ask, [lane]) => {
      if (name === 'read-unpublished' && lanes.some((own) => own.lane === lane)) {
        thawing.open();
        await sleeping;
      }
      return await ask();
    }),
  );
  await heir.publishAll();
  await expectEveryEvent();
});
