import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for.ts';
import type { Stage } from '../fleet/stage.ts';
import { once } from './once.ts';
import { firstSeat, untilWorker, workersAtWork } from './workers-at-work.ts';

const isBackMs = 6_000;

/**
 * CK-1: the clock of Postgres goes back by an hour once all runs are at work, and is right again a while later. What the
 * fleet's statements take for the clock stands before Postgres's own in their search path.
 */
export function stepClock(runs: number) {
  return once('clock of postgres stepped', 'clock of postgres', async (stage) => {
    await replaceClock(stage);
    await waitFor('all runs to be at work', async () => {
      const workers = await workersAtWork(stage);
      return workers.reduce((sum, worker) => sum + worker.runs, 0) === runs;
    });
    await ask(stage, "UPDATE stepped.clock SET off = interval '-1 hour'");
    await sleep(isBackMs);
    const seat = firstSeat(stage, 'worker');
    const { beat: last } = await untilWorker(stage, seat, 'the worker', () => true);
    await untilWorker(stage, seat, 'its next beat', ({ beat }) => beat > last); // none comes in the next two seconds
    await ask(stage, "UPDATE stepped.clock SET off = interval '0'");
  });
}

/** In force for connections that are opened from now on: the present ones of the fleet are ended. */
async function replaceClock(stage: Stage): Promise<void> {
  for (const text of [
    'CREATE SCHEMA stepped',
    'CREATE TABLE stepped.clock (off interval NOT NULL)',
    "INSERT INTO stepped.clock VALUES (interval '0')",
    `CREATE FUNCTION stepped.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
       'SELECT pg_catalog.clock_timestamp() + off FROM stepped.clock'`,
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = stepped, pg_catalog, public', current_database()); END $$`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE backend_type = 'client backend' AND application_name <> 'chaos'`,
  ])
    await ask(stage, text);
}

function ask({ store }: Stage, text: string): Promise<object[]> {
  return store.ask({ name: '', text });
}
