import { hostname } from 'node:os';
import { keepConnected, onCancel } from '@flotilla/events';
import {
  createHealth,
  createRegistry,
  observeLoops,
  observePools,
  runService,
  version,
} from '@flotilla/runtime';
import { storeProblem } from '@flotilla/storage';
import { createAlarmReports } from './alarm-reports.ts';
import { createBeatLoop } from './beat-loop.ts';
import { readConfig } from './config.ts';
import { openConnections } from './connections.ts';
import { consumeRuns } from './consume-runs.ts';
import { drain } from './drain.ts';
import { startGuard } from './guard/start-guard.ts';
import { logEvents } from './log-events.ts';
import { createMembership } from './membership.ts';
import { createWorkerMetrics } from './metrics.ts';
import { openShellTurns } from './open-shell-turns.ts';
import { createWorkbench } from './workbench.ts';

const pool = 'default';

await runService('worker', async ({ log, environment }) => {
  const events = logEvents(log);
  const config = readConfig(environment, events.configWarning);
  const { slots: slotCount, drainGraceMs: graceMs, databaseUrl, workDir: folder } = config;
  const connections = await openConnections(config, events.queueProblem);
  const { stores, redis: connection, nats } = connections;
  const runTurn = await openShellTurns(config, environment, events.leftoversSwept);

  const registry = createRegistry('worker');
  const metrics = createWorkerMetrics(registry);
  const introduction = { host: hostname(), pid: process.pid, version, pools: [pool], slots: slotCount };
  const membership = createMembership({
    session: stores.beat,
    introduction,
    startGuard: (workerId) => startGuard({ workerId, databaseUrl, environment, folder }),
    onGuardLost(workerId) {
      events.guardLost(workerId);
      beat.poke();
    },
  });
  const alarms = createAlarmReports(stores.logs, membership.id, events);
  const workbench = createWorkbench({
    stores,
    membership,
    slotCount,
    runTurn,
    events: alarms.events,
    metrics,
  });
  const { inHand, intake, slots, logs, draining } = workbench;

  const beat = createBeatLoop(stores.beat, membership, workbench, events);
  await membership.join().catch(events.beatFailed); // the beat tries again
  beat.start();
  alarms.loop.start();
  const cancels = keepConnected(nats, (connection) =>
    onCancel(connection, (runId) => inHand.get(runId)?.stop.abort('cancelled')),
  );
  const consumer = consumeRuns({ connection, pool, slotCount, workbench, onError: events.queueProblem });

  observeLoops(registry, [beat, alarms.loop]);
  observePools(registry, stores);
  const checks = {
    postgres: () => storeProblem(stores.logs),
    redis: connections.redisProblem,
    nats: cancels.problem,
    membership: membership.problem,
    intake: intake.problem,
  };
  const health = createHealth({ host: config.healthHost, port: config.healthPort, registry, checks });
  events.started(membership.id() ?? '', await health.start());

  return {
    async stop() {
      events.draining(inHand.all().length);
      await drain({ intake, slots, inHand, draining, graceMs });
      await Promise.all([logs.stop(), alarms.loop.stop(), consumer.close(), cancels.stop(), health.stop()]);
      connection.disconnect();
      await beat.stop(); // CN-2: the beat ends last
      await membership.leave('stopped').catch(events.beatFailed);
      await connections.closeStores();
    },
  };
});
