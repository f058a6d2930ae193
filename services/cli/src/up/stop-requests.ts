import { constants } from 'node:os';

/** A launcher such as npm passes on the Ctrl-C that the terminal has given us too: the same one within this time. */
const SAME_REQUEST_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type StopSignal = (typeof SIGNALS)[number];

export type StopRequests = {
  /** Aborted by the first request: stop in good order. */
  readonly stop: AbortSignal;
  /** Aborted by the second one: stop at once. */
  readonly stopNow: AbortSignal;
  /** 0, since to be stopped is what `up` is for; after a second request 128 and the signal's number. */
  exitCode(): number;
};

/** The part of `process` that asks us to stop. */
export type StopHost = Pick<NodeJS.EventEmitter, 'on'> & {
  readonly stdout: NodeJS.EventEmitter;
  readonly stderr: NodeJS.EventEmitter;
};

/**
 * Listens for Ctrl-C and its kin for the rest of the process's life. A terminal that is closed, or a reader
 * of our output that goes, asks too: other commands end with it, but we have a fleet to stop.
 */
export function listenForStop(
  host: StopHost = process,
  nowMs: () => number = () => performance.now(),
): StopRequests {
  const [stop, stopNow] = [new AbortController(), new AbortController()];
  let first: { readonly atMs: number; readonly signal: StopSignal } | undefined;

  function ask(signal: StopSignal): void {
    if (first === undefined) {
      first = { atMs: nowMs(), signal };
      stop.abort();
    } else if (nowMs() - first.atMs > SAME_REQUEST_MS) {
      stopNow.abort();
    }
  }

  for (const signal of SIGNALS) {
    host.on(signal, () => ask(signal));
  }
  for (const outlet of [host.stdout, host.stderr]) {
    outlet.removeAllListeners('error').on('error', () => stop.signal.aborted || ask('SIGHUP'));
  }
  return {
    stop: stop.signal,
    stopNow: stopNow.signal,
    exitCode: () =>
      first === undefined || !stopNow.signal.aborted ? 0 : 128 + constants.signals[first.signal],
  };
}
