import { keepConnected, onCancel } from '@flotilla/events';
import { createHealth, createRegistry, observeLoops, observePools, runService } from '@flotilla/runtime';
import { storeProblem } from '@flotilla/storage';
import { createAlarmReports } from './alarm-reports.ts';
import { createBeats } from './beats.ts';
import { readConfig } from './config.ts';
import { openConnections } from './connections.ts';
import { consumeRuns } from './consume-runs.ts';
import { drain } from './drain.ts';
import { logEvents } from './log-events.ts';
import { createWorkerMetrics } from './metrics.ts';
import { openMembership } from './open-membership.ts';
import { openTurns } from './open-turns.ts';
import { createTellOthers } from './tell-others.ts';
import { createLiveTail } from './turn-log/live-tail.ts';
import { warnOfUnknownPools } from './warn-of-unknown-pools.ts';
import { createWorkbench } from './workbench.ts';

await runService('worker', async ({ log, environment }) => {
  const events = logEvents(log);
  const config = readConfig(environment, events.configWarning);
  const { pools, slots: slotCount, drainGraceMs: graceMs } = config;
  const connections = await openConnections(config, events.queueProblem);
  const { stores, redis: connection, nats } = connections;
  const runTurn = await openTurns(config, environment, events);

  const registry = createRegistry('worker');
  const metrics = createWorkerMetrics(registry);
  const onGuardLost = (workerId: string) => {
    events.guardLost(workerId);
    beats.loop.poke();
  };
  const membership = openMembership({ config, environment, session: stores.beat, onGuardLost });
  const alarms = createAlarmReports(stores.logs, membership.id, events);
  const tail = createLiveTail();
  const workbench = createWorkbench({
    stores,
    membership,
    slotCount,
    runTurn,
    tail,
    tellOthers: createTellOthers(() => live.current()),
    events: alarms.events,
    metrics,
  });
  const { inHand, intake, slots, logs, draining } = workbench;

  const beats = createBeats(stores.beat, membership, workbench, events);
  await membership.join().catch(events.beatFailed); // the beat tries again
  beats.loop.start();
  alarms.loop.start();
  const live = keepConnected(nats, (connection) => {
    onCancel(connection, (runId) => inHand.get(runId)?.stop.abort('cancelled'));
    tail.connect(connection);
  });
  const consumer = consumeRuns({ connection, pools, slotCount, workbench, onError: events.queueProblem });

  observeLoops(registry, [beats.loop, alarms.loop]);
  observePools(registry, stores);
  const checks = {
    postgres: () => storeProblem(stores.logs),
    redis: connections.redisProblem,
    nats: live.problem,
    membership: membership.problem,
    intake: intake.problem,
  };
  const health = createHealth({ host: config.healthHost, port: config.healthPort, registry, checks });
  events.started(membership.id() ?? '', await health.start());
  await warnOfUnknownPools(stores.logs, pools, events.poolsUnknown);

  return {
    async stop() {
      events.draining(inHand.all().length);
      await drain({ intake, slots, inHand, draining, graceMs });
      await Promise.all([logs.stop(), alarms.loop.stop(), consumer.close(), live.stop(), health.stop()]);
      connection.disconnect();
      await beats.end(); // CN-2: the beat ends last
      await membership.leave('stopped').catch(events.beatFailed);
      await connections.closeStores();
    },
  };
});
