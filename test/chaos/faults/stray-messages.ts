import { connectRedis, createEnqueuer } from '@flotilla/queue';
import type { Stage } from '../fleet/stage.ts';
import { type FaultKind, NothingToBreak } from './fault.ts';

interface Waiting {
  readonly runId: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly number: number;
  readonly now: number;
}

/** HO-2: whatever Redis gives to workers, twice, too early or too late, the claim decides. */
export const strayMessages: FaultKind = {
  name: 'stray messages',
  weight: 2,
  aim: (stage) => ({ target: 'queue', inject: () => giveStrays(stage) }),
};

/** Of runs that wait: a message that is due at once, and one of the attempt before. */
async function giveStrays({ servers, store }: Stage): Promise<void> {
  const waiting = await store.ask<Waiting>({ name: '', text: readWaiting });
  const [{ now } = { now: 0 }] = waiting;
  if (waiting.length === 0) throw new NothingToBreak('nothing waits');
  const redis = await connectRedis(servers.redis.url, 'asking', () => undefined);
  const enqueuer = createEnqueuer(redis);
  try {
    const strays = waiting.map(({ attempt, ...run }, index) => ({
      ...run,
      attempt: index % 2 === 0 ? attempt : Math.max(0, attempt - 1),
      dueAt: now,
      priority: null,
    }));
    await enqueuer.enqueue('default', strays, now, 0);
  } finally {
    await enqueuer.close();
    redis.disconnect();
  }
}

/** ID-2: their numbers come from the fleet's own sequence, so that no id is used twice. */
const readWaiting = `
  SELECT id AS "runId", attempt, idempotency_key AS "idempotencyKey", nextval('hand_outs') AS number,
    clock_timestamp() AS now
  FROM runs WHERE state = 'queued' ORDER BY (attempt > 0) DESC, due_at LIMIT 50`;
