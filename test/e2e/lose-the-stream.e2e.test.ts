import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectNats } from '@flotilla/events';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { followLive } from '../support/live-events.ts';
import { isLong } from '../support/long.ts';
import { readStream } from '../support/stream.ts';
import { startTicking } from '../support/ticking.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ schedulers: 2, workers: 1, slots: 20 });

const streamName = 'FLOTILLA_EVENTS';
const awayMs = isLong ? 5 * 60_000 : 0;
/** Longer than a lane's lease: somebody else holds the lane by then. */
const frozenMs = 3_000;

async function epoch({ ask }: Fleet): Promise<number> {
  const [row] = await ask<{ epoch: number }>("SELECT epoch FROM epochs WHERE name = 'stream'");
  return row?.epoch ?? 0;
}

/** EV-6: the stream has every event that the ledger has, after dropping known ones in the order of its entity. */
async function expectEveryEvent({ ask, servers }: Fleet): Promise<void> {
  const written = await ask<{ id: string }>("SELECT entity_id || '.' || version AS id FROM events");
  const missing = new Set(written.map(({ id }) => id));
  const known = new Set<string>();
  await readStream(servers.nats.url, (events) => {
    const { id = '' } = events.at(-1) ?? {};
    known.add(id);
    missing.delete(id);
    return missing.size === 0;
  });
  expect([...missing]).toEqual([]);
  const versions = new Map<string, number[]>();
  for (const id of known) {
    const [entity = '', version] = id.split('.');
    versions.set(entity, [...(versions.get(entity) ?? []), Number(version)]);
  }
  for (const each of versions.values()) expect(each).toEqual(each.map((_, index) => index + 1));
}

test('EV-3 NATS stopped and its stream deleted: every event arrives, and followers are told', async ({
  fleet,
}) => {
  const { nats } = fleet.servers;
  const ticking = await startTicking(fleet, 'without-a-stream');
  const live = await followLive(fleet.api);
  await ticking.more(2);
  const before = await epoch(fleet);
  await waitFor('a follower to hear of them', () => live.heard.length > 0);

  await nats.stop();
  const endMs = performance.now() + awayMs;
  do await ticking.more(3);
  while (performance.now() < endMs);
  await rm(join(nats.spec.dataDir, 'jetstream', '$G', 'streams', streamName), { recursive: true });
  await nats.restart();

  await ticking.more(2);
  await ticking.end();
  await expectEveryEvent(fleet);
  expect(await epoch(fleet)).toBe(before + 1);
  await waitFor('a follower to hear of the new life of the stream', () => {
    const isNew = live.heard.findIndex((id) => id.startsWith(`${before + 1}-`));
    return isNew > 0 && live.heard.slice(0, isNew).includes('reset');
  });
  live.close();
}, 900_000);

test('EV-3 the stream deleted on a running server: it is made again, and has every event', async ({
  fleet,
}) => {
  const ticking = await startTicking(fleet, 'deleted-while-running');
  await ticking.more(2);
  const connection = await connectNats({ url: fleet.servers.nats.url, name: 'flotilla test' });
  const { streams } = await connection.jetstreamManager();
  const live = await followLive(fleet.api);
  const before = await epoch(fleet);
  await ticking.end(); // EV-6: no batch is in hand
  await waitFor('every event to be published', async () => {
    const [row] = await fleet.ask<{ left: number }>(
      'SELECT count(*) AS left FROM events WHERE stream_seq IS NULL',
    );
    return row?.left === 0;
  });
  await streams.delete(streamName);
  await waitFor('the stream to be made again', () => streams.info(streamName).catch(() => false));
  await connection.close();
  await expectEveryEvent(fleet);
  expect(await epoch(fleet)).toBe(before + 1);
  await waitFor('a follower to hear of it', () => live.heard.includes('reset'));
  live.close();
});

test('EV-4 schedulers that are frozen while they publish send nothing twice and mark nothing wrongly', async ({
  fleet,
}) => {
  const { api, crew } = fleet;
  await api.putJob('many', shellJob('true', { overlap: 'allow' }));
  const starting = (async () => {
    for (let count = 0; count < 120; count++) await api.startRun('many');
  })();
  for (const index of [0, 1]) {
    const scheduler = crew.member('scheduler', index);
    scheduler.signal('SIGSTOP');
    await sleep(frozenMs);
    scheduler.signal('SIGCONT');
  }
  await starting;
  await waitFor('all runs to settle', async () => {
    const [row] = await fleet.ask<{ open: number }>(
      'SELECT count(*) AS open FROM runs WHERE settled_at IS NULL',
    );
    return row?.open === 0;
  });
  await expectEveryEvent(fleet);
  const wrong = await fleet.ask<{ id: string }>(
    `SELECT entity_id AS id FROM events WHERE stream_seq IN
       (SELECT stream_seq FROM events WHERE stream_epoch = $1 GROUP BY stream_seq HAVING count(*) > 1)
       AND stream_epoch = $1`,
    await epoch(fleet),
  );
  expect(wrong).toEqual([]);
});
