import { hostname } from 'node:os';
import { keepConnected, onCancel } from '@flotilla/events';
import { consume } from '@flotilla/queue';
import {
  createHealth,
  createRegistry,
  observeLoops,
  observePools,
  runService,
  version,
} from '@flotilla/runtime';
import { leaveFleet, storeProblem } from '@flotilla/storage';
import { createBeatLoop } from './beat-loop.ts';
import { readConfig } from './config.ts';
import { openConnections } from './connections.ts';
import { drain } from './drain.ts';
import { logEvents } from './log-events.ts';
import { createMembership } from './membership.ts';
import { createWorkerMetrics } from './metrics.ts';
import { openShellTurns } from './open-shell-turns.ts';
import { createWorkbench } from './workbench.ts';

const pool = 'default';

await runService('worker', async ({ log, environment }) => {
  const events = logEvents(log);
  const config = readConfig(environment, events.configWarning);
  const { slots: slotCount, drainGraceMs: graceMs, healthHost: host, healthPort: port } = config;
  const connections = await openConnections(config, events.queueProblem);
  const { stores, redis, nats } = connections;
  const runTurn = await openShellTurns(config, environment, events.leftoversSwept);

  const registry = createRegistry('worker');
  const metrics = createWorkerMetrics(registry);
  const introduction = { host: hostname(), pid: process.pid, version, pools: [pool], slots: slotCount };
  const membership = createMembership(stores.beat, introduction);
  const workbench = createWorkbench({ stores, membership, slotCount, runTurn, events, metrics });
  const { inHand, clock, lag, slots, logs, draining, workRun } = workbench;

  const beat = createBeatLoop(stores.beat, membership, workbench, events);
  await membership.join();
  beat.start();
  const cancels = keepConnected(nats, (connection) =>
    onCancel(connection, (runId) => inHand.get(runId)?.stop.abort('cancelled')),
  );
  const consumer = consume({
    connection: redis,
    pool,
    concurrency: slotCount,
    onMessage(message, readyAt) {
      if (readyAt !== null && slots.isWaiting()) lag.note(clock.now() - readyAt);
      return workRun(message);
    },
    onError: events.queueProblem,
  });
  slots.announceTo(consumer.setConcurrency);

  observeLoops(registry, [beat]);
  observePools(registry, stores);
  const checks = {
    postgres: () => storeProblem(stores.logs),
    redis: connections.redisProblem,
    nats: cancels.problem,
    membership: () => (membership.id() === null ? 'declared dead: joining under a new id' : null),
  };
  const health = createHealth({ host, port, registry, checks });
  events.started(membership.id() ?? '', await health.start());

  return {
    async stop() {
      events.draining(inHand.all().length);
      await drain({ consumer, slots, inHand, draining, graceMs });
      await Promise.all([logs.stop(), consumer.close(), cancels.stop(), health.stop()]);
      redis.disconnect();
      await beat.stop(); // CN-2: the beat ends last
      const workerId = membership.id();
      if (workerId !== null) await leaveFleet(stores.beat, workerId, 'stopped').catch(events.beatFailed);
      await connections.closeStores();
    },
  };
});
