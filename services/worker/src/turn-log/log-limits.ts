/** Every bound of the logs of one worker. */
export interface LogLimits {
  /** What was written is handed over after so long, so that a reader can follow. */
  readonly sealEveryMs: number;
  /** From here on a flood is slowed down to the pace of the store. */
  readonly pauseAboveBytes: number;
  /** What would go beyond this is lost, with a marker in its place. */
  readonly backlogLimitBytes: number;
  /** Nobody is slowed down by a store that has not answered for so long. */
  readonly patienceMs: number;
  /** Chunks of one append. */
  readonly batchLimit: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** A batch that is refused for so long is lost: a bad one must not keep all later ones. */
  readonly giveUpAfterMs: number;
  /** The end of a turn, and of the worker, waits so long for the store. */
  readonly closeWithinMs: number;
}

export const defaultLogLimits: LogLimits = {
  sealEveryMs: 1_000,
  pauseAboveBytes: 8 * 1024 ** 2,
  backlogLimitBytes: 16 * 1024 ** 2,
  patienceMs: 2_000,
  batchLimit: 32,
  firstRetryMs: 100,
  longestRetryMs: 5_000,
  giveUpAfterMs: 60_000,
  closeWithinMs: 2_000,
};
