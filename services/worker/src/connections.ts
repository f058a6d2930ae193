import { connectNats } from '@flotilla/events';
import { connectRedis, redisProblem } from '@flotilla/queue';
import { orRefuseToStart } from '@flotilla/runtime';
import { connect, openStore } from '@flotilla/storage';
import type { readConfig } from './config.ts';

export type Connections = Awaited<ReturnType<typeof openConnections>>;

/** LV-1: a beat that is not answered within this counts as failed, on a connection that is destroyed. */
const beatReplyMs = 3_000;

/**
 * Opens what a worker stands on, and refuses to start where a server does not answer. Beats and logs have connections
 * of their own: neither waits behind the runs.
 */
export async function openConnections(
  { databaseUrl: url, redisUrl, natsUrl }: ReturnType<typeof readConfig>,
  onRedisError: (error: Error) => void,
) {
  const work = openStore({ url, applicationName: 'flotilla worker', maxConnections: 4, keepsPlans: true });
  const stores = {
    work: await orRefuseToStart(work),
    beat: connect({ url, applicationName: 'flotilla worker beat', maxConnections: 1, replyMs: beatReplyMs }),
    logs: connect({ url, applicationName: 'flotilla worker logs', maxConnections: 1 }),
  };
  const redis = await orRefuseToStart(connectRedis(redisUrl, 'blocking', onRedisError));
  // NATS may go later and no run hears of it, but an address that is wrong is told at the start.
  const nats = { url: natsUrl, name: 'flotilla worker' };
  await orRefuseToStart(connectNats(nats).then((probe) => probe.close()));

  return {
    stores,
    redis,
    nats,
    redisProblem: () => redisProblem(redis),
    async closeStores(): Promise<void> {
      await Promise.all(Object.values(stores).map((store) => store.close()));
    },
  };
}
