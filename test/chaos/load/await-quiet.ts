import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for.ts';
import type { Subscriber } from '../evidence/subscriber.ts';
import type { Stage } from '../fleet/stage.ts';
import { createClient } from './client.ts';

interface Open {
  readonly runs: number;
  readonly events: number;
}

/**
 * Ends all schedules, and waits until every run is settled and every event was read. A fleet that does not come to
 * rest is for the checker to judge.
 */
export async function awaitQuiet(
  stage: Stage,
  subscriber: Subscriber,
  withinMs: number,
  tell: (line: string) => void,
): Promise<void> {
  await disableAll(stage);
  await waitFor(
    'the fleet to come to rest',
    async () => {
      const [open] = await stage.store.ask<Open>({ name: '', text: countOpen });
      if (open === undefined || open.runs > 0 || open.events > 0) throw new Error(JSON.stringify(open));
      return subscriber.isAtEnd();
    },
    { withinMs, everyMs: 500 },
  ).catch((error: Error) => tell(error.message));
}

async function disableAll({ api, store, history }: Stage): Promise<void> {
  const ask = createClient(api, history);
  const jobs = await store.ask<{ slug: string }>({
    name: '',
    text: 'SELECT slug FROM jobs WHERE deleted_at IS NULL',
  });
  for (const what of ['resume', 'disable']) {
    for (const { slug } of jobs) {
      const question = { what, method: 'POST', path: `/jobs/${slug}/${what}`, job: slug } as const;
      for (let tries = 0; (await ask(question)).status === null && tries < 10; tries++) await sleep(500);
    }
  }
}

const countOpen = `SELECT
  (SELECT count(*)::int FROM runs WHERE state IN ('queued', 'blocked', 'running', 'awaiting_approval')) AS runs,
  (SELECT count(*)::int FROM events WHERE stream_seq IS NULL AND refused_why IS NULL) AS events`;
