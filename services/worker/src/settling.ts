import { randomUUID } from 'node:crypto';
import type { TurnReport } from '@flotilla/domain';
import { sleep } from '@flotilla/runtime';
import {
  type AttemptEnd,
  type SettleResult,
  type Store,
  settleAttempts,
  settleBatch,
} from '@flotilla/storage';
import { createBatcher } from './batcher.ts';

const collectMs = 2;
const firstRetryMs = 100;
/** SE-2: a result that the database does not take is kept, and offered again at this pace. */
const longestRetryMs = 10_000;

export interface SettlingOptions {
  readonly store: Store;
  readonly onRefused: (runId: string, error: unknown, tries: number) => void;
  readonly chance?: () => number;
}

export type Settle = (
  run: { runId: string; attempt: number; workerId: string },
  report: TurnReport,
) => Promise<SettleResult>;

/**
 * SE-1, SE-2: settles in batches, and asks again with the same token until it is answered: a good result is never
 * lost because the database was busy.
 */
export function createSettling({ store, onRefused, chance = Math.random }: SettlingOptions): Settle {
  const ask = createBatcher<AttemptEnd, SettleResult>({
    limit: settleBatch,
    waitMs: collectMs,
    inFlight: 2,
    async send(ends) {
      const results = await settleAttempts(store, ends);
      return ends.map((end) => results.get(end.token) ?? { kind: 'stale' as const });
    },
  });

  return async (run, report) => {
    const end = { ...run, report, token: randomUUID(), chance: chance() };
    for (let tries = 1, retryMs = firstRetryMs; ; tries++, retryMs = Math.min(retryMs * 2, longestRetryMs)) {
      try {
        const result = await ask(end);
        if (result.kind === 'refused') throw result.error;
        return result;
      } catch (error) {
        onRefused(run.runId, error, tries);
        await sleep(retryMs);
      }
    }
  };
}
