import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import { connectNats, keepConnected, onCancel } from '@flotilla/events';
import { connectRedis, consume } from '@flotilla/queue';
import {
  createHealth,
  createLoop,
  createRegistry,
  observeLoops,
  orRefuseToStart,
  runService,
  version,
} from '@flotilla/runtime';
import { appendLogChunks, connect, leaveFleet, openStore, storeProblem } from '@flotilla/storage';
import { createClaiming } from './claiming.ts';
import { readConfig } from './config.ts';
import { createDatabaseClock } from './database-clock.ts';
import { drain } from './drain.ts';
import { createFetchLag } from './fetch-lag.ts';
import { beatEveryMs, createHeartbeat } from './heartbeat.ts';
import { createInHand } from './in-hand.ts';
import { logEvents } from './log-events.ts';
import { createMembership } from './membership.ts';
import { createWorkerMetrics } from './metrics.ts';
import { createOrders } from './read-orders.ts';
import { createSettling } from './settling.ts';
import { createSlots } from './slots.ts';
import { createTurnLogs } from './turn-log/turn-logs.ts';
import { createSecretSource } from './turns/secret-source.ts';
import { createShellTurns } from './turns/shell.ts';
import { openWorkDir, sweepWorkDir } from './turns/work-dir.ts';
import { createWorkRun } from './work-run.ts';

const pool = 'default';

await runService('worker', async ({ log, environment }) => {
  const events = logEvents(log);
  const config = readConfig(environment, events.configWarning);
  const { databaseUrl: url, slots: slotCount } = config;
  const store = await orRefuseToStart(
    openStore({ url, applicationName: 'flotilla worker', maxConnections: 4 }),
  );
  const beatStore = connect({
    url,
    applicationName: 'flotilla worker beat',
    maxConnections: 1,
    replyMs: 3_000,
  });
  const logStore = connect({ url, applicationName: 'flotilla worker logs', maxConnections: 1 });
  const redis = await orRefuseToStart(connectRedis(config.redisUrl, 'blocking', events.queueProblem));
  // NATS may go later and no run hears of it, but an address that is wrong is told at the start.
  const nats = { url: config.natsUrl, name: 'flotilla worker' };
  await orRefuseToStart(connectNats(nats).then((probe) => probe.close()));

  const workDir = await openWorkDir(config.workDir);
  events.leftoversSwept(await sweepWorkDir(config.workDir));
  const registry = createRegistry('worker');
  const metrics = createWorkerMetrics(registry);
  const membership = createMembership(beatStore, {
    host: hostname(),
    pid: process.pid,
    version,
    pools: [pool],
    slots: slotCount,
  });
  const inHand = createInHand();
  const clock = createDatabaseClock();
  const lag = createFetchLag();
  const draining = new AbortController();
  setMaxListeners(0, draining.signal); // each message that waits for its moment listens
  const claiming = createClaiming(store, membership);
  const logs = createTurnLogs({
    append: (chunks) => appendLogChunks(logStore, chunks),
    onAppendFailed: events.logAppendFailed,
  });
  const slots = createSlots(slotCount, (messages) => consumer?.setConcurrency(messages));
  const workRun = createWorkRun({
    slots,
    claiming,
    inHand,
    clock,
    workerId: membership.id,
    readOrder: createOrders(store),
    runTurn: createShellTurns({
      workDir,
      secrets: createSecretSource({ folder: config.secretsDir, environment }),
      environment,
    }),
    logs,
    settle: createSettling({ store, onRefused: events.settleRefused }),
    draining: draining.signal,
    onStarted(run, lateMs) {
      metrics.started(lateMs);
      events.runStarted(run, lateMs);
    },
    onSettled(run, result) {
      metrics.settled(run, result);
      events.runSettled(run, result);
    },
    onTurnFailed: events.turnFailed,
  });
  const beat = createLoop({
    name: 'beat',
    everyMs: beatEveryMs,
    maxBackoffMs: beatEveryMs,
    step: createHeartbeat({
      store: beatStore,
      membership,
      inHand,
      clock,
      lagMs: lag.ms,
      isDraining: () => draining.signal.aborted,
      isClaiming: claiming.isClaiming,
      onDeclaredDead(workerId) {
        events.declaredDead(workerId);
        beat.poke();
      },
      onDisowned: events.disowned,
      onHandedBack: events.handedBack,
    }),
    onError: events.beatFailed,
  });
  await membership.join();
  beat.start();
  const consumer = consume({
    connection: redis,
    pool,
    concurrency: slotCount,
    onMessage(message, readyAt) {
      if (readyAt !== null) lag.note(clock.now() - readyAt);
      return workRun(message);
    },
    onError: events.queueProblem,
  });
  const cancels = keepConnected(nats, (connection) =>
    onCancel(connection, (runId) => inHand.get(runId)?.stop.abort('cancelled')),
  );
  metrics.observe({ slots, inHand, logs });
  observeLoops(registry, [beat]);
  const health = createHealth({
    host: config.healthHost,
    port: config.healthPort,
    registry,
    checks: {
      postgres: () => storeProblem(logStore),
      redis: () => (redis.status === 'ready' ? null : `Redis is ${redis.status}`),
      nats: cancels.problem,
      membership: () => (membership.id() === null ? 'declared dead: joining under a new id' : null),
    },
  });
  events.started(membership.id() ?? '', await health.start());

  return {
    async stop() {
      events.draining(inHand.all().length);
      await drain({ consumer, inHand, draining, graceMs: config.drainGraceMs });
      await Promise.all([logs.stop(), consumer.close(), cancels.stop(), health.stop()]);
      redis.disconnect();
      await beat.stop(); // CN-2: the beat ends last
      const workerId = membership.id();
      if (workerId !== null) await leaveFleet(beatStore, workerId, 'stopped').catch(events.beatFailed);
      await Promise.all([store.close(), beatStore.close(), logStore.close()]);
    },
  };
});
