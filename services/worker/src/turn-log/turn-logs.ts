import type { SealedPiece } from './live-tail.ts';
import { defaultLogLimits, type LogLimits } from './log-limits.ts';
import { type AppendLogChunks, createLogWriter } from './log-writer.ts';
import { createTurnLog, type OpenTurnLog } from './turn-log.ts';

/** The logs of all turns of a worker. */
export interface TurnLogs {
  open(runId: string, attempt: number): OpenTurnLog;
  /** Bytes that never reached the store: a counter for the metrics. */
  lostBytes(): number;
  /** Closes what is open, with the bound of a single close, and gives up the rest. */
  stop(): Promise<void>;
}

export interface TurnLogsOptions {
  readonly append: AppendLogChunks;
  /** Called for each append that was refused; it is tried again. */
  readonly onAppendFailed?: (error: unknown) => void;
  /** Told of each chunk on its way to the store: for those who follow. Must not throw. */
  readonly onSealed?: (piece: SealedPiece) => void;
  readonly limits?: Partial<LogLimits>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** LG-1: output reaches the store each second, by one writer for all turns; its trouble never is a run's. */
export function createTurnLogs({
  append,
  onAppendFailed = () => undefined,
  onSealed = () => undefined,
  limits: changed = {},
  now = Date.now,
}: TurnLogsOptions): TurnLogs {
  const limits = { ...defaultLogLimits, ...changed };
  const writer = createLogWriter({ append, limits, onAppendFailed });
  const open = new Set<OpenTurnLog>();
  const timer = setInterval(() => {
    for (const log of open) {
      log.seal();
    }
  }, limits.sealEveryMs).unref();

  return {
    open(runId, attempt) {
      const log = createTurnLog({
        runId,
        attempt,
        writer,
        onSealed,
        closeWithinMs: limits.closeWithinMs,
        now,
      });
      open.add(log);
      return {
        ...log,
        async close() {
          open.delete(log);
          await log.close();
        },
      };
    },
    lostBytes: writer.lostBytes,
    async stop() {
      clearInterval(timer);
      await Promise.all([...open].map((log) => log.close()));
      writer.stop();
    },
  };
}
