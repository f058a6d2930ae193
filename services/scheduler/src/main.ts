import { hostname } from 'node:os';
import { keepConnected, onHint } from '@flotilla/events';
import {
  createHealth,
  createRegistry,
  monotonicMs,
  observeLoops,
  observePools,
  runService,
} from '@flotilla/runtime';
import { listGraveAlarms, storeProblem } from '@flotilla/storage';
import { createAlarmReports, reporting } from './alarm-reports.ts';
import { createChores } from './chores.ts';
import { readConfig, retentionsOf } from './config.ts';
import { openConnections } from './connections.ts';
import { createLanes } from './lanes.ts';
import { logEvents } from './log-events.ts';
import { countSettledRuns, observeLedger } from './metrics.ts';
import { createServerWatch } from './watch-servers.ts';

await runService('scheduler', async ({ log, environment }) => {
  const events = logEvents(log);
  const config = readConfig(environment, events.configWarning);
  const connections = await openConnections(config, events.redisProblem);
  const { stores, stream } = connections;

  const registry = createRegistry('scheduler');
  const lanes = createLanes();
  const replica = `scheduler ${hostname()} ${process.pid}`;
  const reports = createAlarmReports();
  const natsProblem = () => hints.problem() ?? stream.problem();
  const watched = {
    reports,
    lookAtServers: createServerWatch({ ...connections, natsProblem, nowMs: monotonicMs }),
  };
  const chores = createChores(connections, lanes, replica, retentionsOf(config), watched, {
    ...reporting(events, reports),
    published: countSettledRuns(registry),
  });
  const loops = Object.values(chores);
  const hints = keepConnected({ url: config.natsUrl, name: 'flotilla scheduler hints' }, (nats) => {
    onHint(nats, 'plan', () => chores.plan.poke());
    onHint(nats, 'hand-out', () => chores.handOut.poke());
    onHint(nats, 'admit-blocked', () => chores.admit.poke());
  });

  observeLoops(registry, loops);
  observePools(registry, stores);
  observeLedger(registry, stores.watch);
  const health = createHealth({
    host: config.healthHost,
    port: config.healthPort,
    registry,
    checks: {
      postgres: () => storeProblem(stores.watch),
      redis: connections.redisProblem,
      nats: natsProblem,
    },
    alarms: () => listGraveAlarms(stores.watch),
  });
  for (const each of loops) each.start();
  events.started(await health.start());

  return {
    async stop() {
      await Promise.all(loops.map((each) => each.stop()));
      await lanes.releaseLanes();
      await Promise.all([hints.stop(), health.stop()]);
      await connections.close();
    },
  };
});
