import { hostname } from 'node:os';
import { keepConnected, onHint } from '@flotilla/events';
import { connectRedis, createEnqueuer } from '@flotilla/queue';
import {
  createHealth,
  createLoop,
  createRegistry,
  observeLoops,
  orRefuseToStart,
  runService,
  type StepResult,
} from '@flotilla/runtime';
import { connect, openStore, storeProblem } from '@flotilla/storage';
import { readConfig } from './config.ts';
import { createHandingOut } from './hand-out-runs.ts';
import { createLanes } from './lanes.ts';
import { logEvents } from './log-events.ts';
import { createLogPartitioning } from './make-log-partitions.ts';
import { observeLedger } from './metrics.ts';
import { createPlanning } from './plan-due-runs.ts';
import { createPublishing } from './publish-events.ts';
import { createRecovery } from './recover-lost-runs.ts';
import { createStreamConnection } from './stream-connection.ts';

const lookEveryMs = 250;
const judgeEveryMs = 500;
const hourMs = 3_600_000;
/** Servers come back: no loop may sleep through the seconds in which everything is to be due again. */
const maxBackoffMs = 5_000;

await runService('scheduler', async ({ log, environment }) => {
  const events = logEvents(log);
  const config = readConfig(environment, events.configWarning);
  const replica = `scheduler ${hostname()} ${process.pid}`;
  const optionsFor = (chore: string, maxConnections: number) => ({
    url: config.databaseUrl,
    applicationName: `flotilla scheduler ${chore}`,
    maxConnections,
  });
  // Each chore has connections of its own: none waits behind another's.
  const stores = {
    plan: await orRefuseToStart(openStore(optionsFor('plan', 1))),
    handOut: connect(optionsFor('hand-out', 2)),
    publish: connect(optionsFor('publish', 4)),
    judge: connect(optionsFor('judge', 1)),
    watch: connect(optionsFor('watch', 1)),
  };
  const redis = await orRefuseToStart(connectRedis(config.redisUrl, 'asking', events.redisProblem));
  const enqueuer = createEnqueuer(redis);
  const stream = createStreamConnection({ url: config.natsUrl, name: `flotilla ${replica} publish` });
  await orRefuseToStart(stream.publisher());

  const { laneOf, releaseLanes } = createLanes();
  const loop = (name: string, everyMs: number, step: () => Promise<StepResult>) =>
    createLoop({ name, everyMs, step, onError: events.loopFailed(name), maxBackoffMs });
  const plan = loop('plan', lookEveryMs, createPlanning(stores.plan, events.planned));
  const handOut = loop(
    'hand-out',
    lookEveryMs,
    createHandingOut({
      store: stores.handOut,
      enqueuer,
      laneOf: (pool) => laneOf(stores.handOut, `hand-out ${pool}`),
      onHandedOut: events.handedOut,
    }),
  );
  const publish = loop(
    'publish',
    lookEveryMs / 2,
    createPublishing({
      store: stores.publish,
      publisher: () => stream.publisher(),
      dropConnection: () => stream.close(),
      laneOf: (lane) => laneOf(stores.publish, `publish ${lane}`),
      onRefused: events.eventRefused,
    }),
  );
  const recover = loop(
    'recover',
    judgeEveryMs,
    createRecovery({
      store: stores.judge,
      lane: laneOf(stores.judge, 'judge'),
      judge: replica,
      onDeath: events.workerDied,
      onRecovered: events.recovered,
    }),
  );
  const partition = loop('log-partitions', hourMs, createLogPartitioning(stores.plan, events.partitionsMade));
  const loops = [plan, handOut, publish, recover, partition];

  const hints = keepConnected({ url: config.natsUrl, name: `flotilla ${replica} hints` }, (nats) => {
    onHint(nats, 'plan', () => plan.poke());
    onHint(nats, 'hand-out', () => handOut.poke());
  });
  const registry = createRegistry('scheduler');
  observeLoops(registry, loops);
  observeLedger(registry, stores.watch);
  const health = createHealth({
    host: config.healthHost,
    port: config.healthPort,
    registry,
    checks: {
      postgres: () => storeProblem(stores.watch),
      redis: () => (redis.status === 'ready' ? null : `Redis is ${redis.status}`),
      nats: () => stream.problem(),
    },
  });
  for (const each of loops) each.start();
  events.started(await health.start());

  return {
    async stop() {
      await Promise.all(loops.map((each) => each.stop()));
      await releaseLanes();
      await Promise.all([hints.stop(), stream.close(), enqueuer.close(), health.stop()]);
      redis.disconnect();
      await Promise.all(Object.values(stores).map((store) => store.close()));
    },
  };
});
