import type { StopReason } from '@flotilla/domain';
import { monotonicMs } from '@flotilla/runtime';

/** Why a call is ended before its answer is there. */
export type CallEnd = StopReason | 'timed_out' | 'idle';

export interface CallWatch {
  /** Aborted with a `CallEnd`. */
  readonly signal: AbortSignal;
  /** Something came. */
  heard(): void;
  close(): void;
}

export interface CallWatchOptions {
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Its `reason` is a `StopReason`. */
  readonly stop: AbortSignal;
}

/** Ends the calls of one attempt when it is stopped, takes too long, or nothing comes for too long. */
export function watchCall({ timeoutMs, idleTimeoutMs, stop }: CallWatchOptions): CallWatch {
  const ending = new AbortController();
  let heardAtMs = monotonicMs();
  let idle: NodeJS.Timeout | undefined;

  function lookIn(ms: number): void {
    idle = setTimeout(() => {
      const leftMs = heardAtMs + idleTimeoutMs - monotonicMs();
      if (leftMs <= 0) ending.abort('idle');
      else lookIn(leftMs);
    }, Math.ceil(ms));
  }

  const deadline = setTimeout(() => ending.abort('timed_out'), timeoutMs);
  const onStop = () => ending.abort(stop.reason);
  lookIn(idleTimeoutMs);
  stop.addEventListener('abort', onStop);
  if (stop.aborted) onStop();
  return {
    signal: ending.signal,
    heard() {
      heardAtMs = monotonicMs();
    },
    close() {
      clearTimeout(deadline);
      clearTimeout(idle);
      stop.removeEventListener('abort', onStop);
    },
  };
}
