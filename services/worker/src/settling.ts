import { randomUUID } from 'node:crypto';
import type { TurnReport } from '@flotilla/domain';
import { monotonicMs, sleep } from '@flotilla/runtime';
import {
  type AttemptEnd,
  type RoomMade,
  type SettleResult,
  type Store,
  settleAttempts,
  settleBatch,
  sqlState,
} from '@flotilla/storage';
import { createBatcher } from './batcher.ts';

const collectMs = 2;
const firstRetryMs = 100;
/** SE-2: a result that the database does not take is kept, and offered again at this pace. */
const longestRetryMs = 10_000;

/** SE-2: a result that was not taken for so long is an alarm. */
const stuckAfterMs = 60_000;

export interface SettlingOptions {
  readonly store: Store;
  readonly onRefused: (runId: string, error: unknown, tries: number) => void;
  /** SE-2: told once of a result that was refused for a minute, with the SQLSTATE; null where nothing answered. */
  readonly onStuck: (runId: string, sqlstate: string | null) => void;
  /** Such a result was answered after all. */
  readonly onUnstuck: (runId: string) => void;
  /** GA-2: other runs may start now. */
  readonly onRoom: (made: RoomMade) => void;
  /** An end has queued runs. */
  readonly onQueued: () => void;
  readonly stuckMs?: number;
  readonly retryMs?: number;
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
export function createSettling(options: SettlingOptions): Settle {
  const { store, onRefused, onStuck, onUnstuck, onRoom, onQueued, chance = Math.random } = options;
  const { stuckMs = stuckAfterMs, retryMs: longestMs = longestRetryMs } = options;
  const ask = createBatcher<AttemptEnd, SettleResult>({
    limit: settleBatch,
    waitMs: collectMs,
    inFlight: 2,
    async send(ends) {
      const results = await settleAttempts(store, ends, { onRoom, onQueued });
      return ends.map((end) => results.get(end.token) ?? { kind: 'stale' as const });
    },
  });

  async function offer(end: AttemptEnd): Promise<SettleResult> {
    const result = await ask(end);
    if (result.kind === 'refused') throw result.error;
    return result;
  }

  return async (run, report) => {
    const end = { ...run, report, token: randomUUID(), chance: chance() };
    const offeredAtMs = monotonicMs();
    let isStuck = false;
    for (let tries = 1, retryMs = firstRetryMs; ; tries++, retryMs = Math.min(retryMs * 2, longestMs)) {
      try {
        const result = await offer(end);
        if (isStuck) onUnstuck(run.runId);
        return result;
      } catch (error) {
        onRefused(run.runId, error, tries);
        if (!isStuck && monotonicMs() - offeredAtMs >= stuckMs) {
          isStuck = true;
          onStuck(run.runId, sqlStateOf(error));
        }
        await sleep(retryMs);
      }
    }
  };
}

/** Of what Postgres answered, also where it ends the connection with it. */
function sqlStateOf(error: unknown): string | null {
  return sqlState(error) ?? sqlState(error instanceof Error ? error.cause : undefined) ?? null;
}
