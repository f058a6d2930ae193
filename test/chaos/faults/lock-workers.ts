import { sleep } from '@flotilla/runtime';
import type { Session } from '@flotilla/storage';
import { once } from './once.ts';

/** As long as it takes to count a worker dead, and a while more. */
const longestMs = 40_000;
const lookMs = 50;

/**
 * LV-3: the table of workers can be read and not written, as under somebody's lock: no beat comes through. It is mended when a
 * judge is about to write a death and no beat is on its way, or after a while.
 */
export const lockWorkers = once('workers not written', 'table of workers', async ({ store }) => {
  await store.transaction(async (session) => {
    await session.ask({ name: '', text: 'LOCK TABLE workers IN SHARE MODE' });
    const endMs = performance.now() + longestMs;
    while (performance.now() < endMs && !(await isDeathAlone(session))) await sleep(lookMs);
  });
});

async function isDeathAlone(session: Session): Promise<boolean> {
  const [waiting] = await session.ask<{ deaths: number; beats: number }>({ name: '', text: countWaiting });
  return waiting !== undefined && waiting.deaths > 0 && waiting.beats === 0;
}

const countWaiting = `SELECT
    count(*) FILTER (WHERE query LIKE '%death = ''silence''%')::int AS deaths,
    count(*) FILTER (WHERE application_name = 'flotilla worker beat')::int AS beats
  FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
