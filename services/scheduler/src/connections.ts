import {
  connectRedis,
  createEnqueuer,
  createTide,
  openQueueCheck,
  readRedisSettings,
  redisProblem,
} from '@flotilla/queue';
import { orRefuseToStart } from '@flotilla/runtime';
import { connect, openStore } from '@flotilla/storage';
import type { readConfig } from './config.ts';
import { createStreamConnection } from './stream-connection.ts';

export type Connections = Awaited<ReturnType<typeof openConnections>>;

/**
 * Opens what the scheduler stands on, and refuses to start where a server does not answer. Each chore has connections
 * of its own: none waits behind another's, and NATS away never stops a hand-out (EV-5).
 */
export async function openConnections(
  { databaseUrl, redisUrl, natsUrl }: ReturnType<typeof readConfig>,
  onRedisError: (error: Error) => void,
) {
  const optionsFor = (chore: string, maxConnections: number) => ({
    url: databaseUrl,
    applicationName: `flotilla scheduler ${chore}`,
    maxConnections,
  });
  const stores = {
    plan: await orRefuseToStart(openStore(optionsFor('plan', 1))),
    handOut: connect(optionsFor('hand-out', 2)),
    admit: connect(optionsFor('admit', 2)),
    publish: connect(optionsFor('publish', 4)),
    judge: connect(optionsFor('judge', 1)),
    rebuild: connect(optionsFor('rebuild', 2)),
    prune: connect(optionsFor('prune', 2)),
    alarms: connect(optionsFor('alarms', 2)),
    watch: connect(optionsFor('watch', 1)),
  };
  const redis = await orRefuseToStart(connectRedis(redisUrl, 'asking', onRedisError));
  const enqueuer = createEnqueuer(redis);
  const rebuildRedis = await orRefuseToStart(connectRedis(redisUrl, 'asking', onRedisError));
  const queueCheck = openQueueCheck(rebuildRedis);
  const stream = createStreamConnection({ url: natsUrl, name: 'flotilla scheduler publish' });
  await orRefuseToStart(stream.publisher());

  return {
    stores,
    enqueuer,
    tide: createTide(rebuildRedis),
    queueCheck,
    stream,
    redisProblem: () => redisProblem(redis),
    readRedis: () => readRedisSettings(redis),
    async close(): Promise<void> {
      await Promise.all([stream.close(), enqueuer.close(), queueCheck.close()]);
      redis.disconnect();
      rebuildRedis.disconnect();
      await Promise.all(Object.values(stores).map((store) => store.close()));
    },
  };
}
