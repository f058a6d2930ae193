import { setTimeout as sleep } from 'node:timers/promises';
import PgBoss from 'pg-boss';
import { runPeer } from './peer.ts';

/** While nothing is there. */
const lookEveryMs = 20;

/**
 * pg-boss by its own calls, without the pauses of its polling: some loops, each of which fetches up to `batch` jobs in
 * one statement and completes them in another.
 */
await runPeer(async ({ url, queue, concurrency, batch }, carryOut) => {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false, max: concurrency });
  await boss.start();
  let isClosing = false;
  async function work(): Promise<void> {
    while (!isClosing) {
      const jobs = await boss.fetch(queue, { batchSize: batch });
      for (const { id } of jobs) carryOut(id);
      const ids = jobs.map(({ id }) => id);
      if (ids.length > 0) await boss.complete(queue, ids);
      else await sleep(lookEveryMs);
    }
  }
  const working = Array.from({ length: concurrency }, work);
  return async () => {
    isClosing = true;
    await Promise.all(working);
    await boss.stop({ graceful: false });
  };
});
