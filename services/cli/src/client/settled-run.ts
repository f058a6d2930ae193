import { setTimeout as sleep } from 'node:timers/promises';
import { isSettled } from '@flotilla/domain';
import { CommandError } from '../command-error.ts';
import type { ApiClient } from './api-client.ts';
import type { RunDetailBody } from './bodies.ts';

export interface Patience {
  /** Null: until somebody presses Ctrl-C. */
  readonly timeoutMs: number | null;
  /** First pause between two questions; each is half as long again as the one before. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  /** A server that restarts may be away for this long. */
  readonly awayMs?: number;
  /** Ends the waiting with an error. */
  readonly signal?: AbortSignal;
}

/** Waits until a run is settled. A server that is away for a while is asked again. */
export async function settledRun(client: ApiClient, id: string, patience: Patience): Promise<RunDetailBody> {
  const { timeoutMs, firstPauseMs = 100, longestPauseMs = 2_000, awayMs = 60_000, signal } = patience;
  const startedMs = performance.now();
  let answeredMs = startedMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    try {
      const run = await client.get<RunDetailBody>(['runs', id]);
      if (isSettled(run.state)) return run;
      answeredMs = performance.now();
    } catch (error) {
      const isAway = error instanceof CommandError && error.reason === 'unreachable';
      if (!isAway || performance.now() - answeredMs > awayMs) throw error;
    }
    if (timeoutMs !== null && performance.now() - startedMs + pauseMs > timeoutMs) {
      throw new CommandError(
        'failed',
        `run ${id} is not settled after ${timeoutMs / 1000} s; it goes on: flotilla runs show ${id}`,
      );
    }
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
}
