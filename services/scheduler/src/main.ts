import { hostname } from 'node:os';
import { keepConnected, onHint } from '@flotilla/events';
import { createHealth, createRegistry, observeLoops, observePools, runService } from '@flotilla/runtime';
import { storeProblem } from '@flotilla/storage';
import { createChores } from './chores.ts';
import { readConfig, retentionsOf } from './config.ts';
import { openConnections } from './connections.ts';
import { createLanes } from './lanes.ts';
import { logEvents } from './log-events.ts';
import { countSettledRuns, observeLedger } from './metrics.ts';

await runService('scheduler', async ({ log, environment }) => {
  const events = logEvents(log);
  const config = readConfig(environment, events.configWarning);
  const connections = await openConnections(config, events.redisProblem);
  const { stores, stream } = connections;

  const registry = createRegistry('scheduler');
  const lanes = createLanes();
  const replica = `scheduler ${hostname()} ${process.pid}`;
  const chores = createChores(connections, lanes, replica, retentionsOf(config), {
    ...events,
    published: countSettledRuns(registry),
  });
  const loops = Object.values(chores);
  const hints = keepConnected({ url: config.natsUrl, name: 'flotilla scheduler hints' }, (nats) => {
    onHint(nats, 'plan', () => chores.plan.poke());
    onHint(nats, 'hand-out', () => chores.handOut.poke());
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
      nats: () => hints.problem() ?? stream.problem(),
    },
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
