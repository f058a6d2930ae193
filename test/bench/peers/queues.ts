import { Logger, makeWorkerUtils } from 'graphile-worker';
import pg from 'pg';
import PgBoss from 'pg-boss';
import { putBatch } from '../fleet/put-runs.ts';

/** Another queue on Postgres, as the bench fills and watches it. */
export interface PeerQueue {
  /** Puts so many jobs, in statements of a thousand. */
  put(count: number): Promise<void>;
  /** Any job is there that is not done. */
  hasOpen(): Promise<boolean>;
  close(): Promise<void>;
}

export async function openPgBoss(url: string, name: string): Promise<PeerQueue> {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
  await boss.start();
  await boss.createQueue(name);
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const hasOpen = `SELECT EXISTS (SELECT 1 FROM pgboss.job WHERE name = $1 AND state < 'completed') AS open`;
  return {
    async put(count) {
      for (let put = 0; put < count; put += putBatch) {
        await boss.insert(Array.from({ length: putBatch }, () => ({ name })));
      }
    },
    hasOpen: async () => (await pool.query<{ open: boolean }>(hasOpen, [name])).rows[0]?.open !== false,
    async close() {
      await pool.end();
      await boss.stop({ graceful: false });
    },
  };
}

export async function openGraphileWorker(url: string, name: string): Promise<PeerQueue> {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => undefined); // what breaks is told by the next question
  pool.on('connect', (client) => client.on('error', () => undefined));
  const utils = await makeWorkerUtils({ pgPool: pool, logger: new Logger(() => () => undefined) });
  await utils.migrate();
  const hasOpen = 'SELECT EXISTS (SELECT 1 FROM graphile_worker._private_jobs) AS open';
  return {
    async put(count) {
      for (let put = 0; put < count; put += putBatch) {
        await utils.addJobs(Array.from({ length: putBatch }, () => ({ identifier: name, payload: {} })));
      }
    },
    hasOpen: async () => (await pool.query<{ open: boolean }>(hasOpen)).rows[0]?.open !== false,
    async close() {
      await utils.release();
      await pool.end();
    },
  };
}
