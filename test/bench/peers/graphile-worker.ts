import { Logger, run } from 'graphile-worker';
import { runPeer } from './peer.ts';

/** As its page on performance has it: jobs are fetched into a local queue, and completed together. */
const inBatches = (size: number) => ({
  localQueue: { size, refetchDelay: { durationMs: 10 } },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
});

/** graphile-worker; with a `batch` of 1 as it comes: each job is fetched and completed by itself. */
await runPeer(async ({ url, queue, concurrency, batch }, carryOut) => {
  const runner = await run({
    preset: {
      worker: {
        connectionString: url,
        concurrentJobs: concurrency,
        maxPoolSize: concurrency + 2,
        pollInterval: 100,
        ...(batch > 1 ? inBatches(batch) : {}),
      },
    },
    logger: new Logger(() => () => undefined),
    noHandleSignals: true,
    taskList: { [queue]: (_payload, { job }) => carryOut(job.id) },
  });
  return () => runner.stop();
});
