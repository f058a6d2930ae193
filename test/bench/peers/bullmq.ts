import { Worker } from 'bullmq';
import { runPeer } from './peer.ts';

/** Bare BullMQ: a worker whose turns do nothing. */
await runPeer(async ({ url, queue, concurrency }, carryOut) => {
  const { hostname: host, port, password } = new URL(url);
  const worker = new Worker(queue, async (job) => carryOut(job.id ?? ''), {
    connection: {
      host,
      port: Number(port),
      password: decodeURIComponent(password),
      maxRetriesPerRequest: null,
    },
    concurrency,
  });
  await worker.waitUntilReady();
  return () => worker.close();
});
