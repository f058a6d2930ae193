import type { AlarmCondition } from '@flotilla/domain';
import { createLoop, type Loop, monotonicMs } from '@flotilla/runtime';
import { noteAlarms, type Store } from '@flotilla/storage';
import type { WorkerEvents } from './log-events.ts';

/** Writes of logs that fail for so long are an alarm; and for so long without a failure they work again. */
const logsFailMs = 60_000;
const logsWorkMs = 30_000;

/** What goes on is told again before the alarm is taken for over. */
const tellEveryMs = 10_000;

/** What only this worker sees to be the matter. It is told for as long as it goes on, and resolved by not being told. */
export interface AlarmReports {
  /** Those that were given, of which what people are to hear of is reported too. */
  readonly events: WorkerEvents;
  readonly loop: Loop;
  /** Tells the ledger what is the matter now. */
  tell(): Promise<void>;
}

/** `workerId`: under which this worker is known; null while it is under none. */
export function createAlarmReports(
  store: Store,
  workerId: () => string | null,
  events: WorkerEvents,
  nowMs = monotonicMs,
): AlarmReports {
  /** SE-2: runs whose results are not taken, with the SQLSTATE; null where nothing answered. */
  const stuck = new Map<string, string | null>();
  let logs: { why: string; sinceMs: number; lastMs: number } | null = null;

  function settleRefused(worker: string): AlarmCondition[] {
    const byState = new Map<string | null, string[]>();
    for (const [runId, sqlstate] of stuck) byState.set(sqlstate, [...(byState.get(sqlstate) ?? []), runId]);
    return [...byState].map(([sqlstate, runIds]) => ({
      kind: 'settle_refused',
      subject: sqlstate ?? 'no answer',
      message: `${results(runIds)} not taken from the worker ${worker.slice(-8)} (${sqlstate === null ? 'no answer' : `SQLSTATE ${sqlstate}`})`,
    }));
  }

  function logRefused(worker: string): AlarmCondition[] {
    if (logs === null || nowMs() - logs.lastMs >= logsWorkMs || logs.lastMs - logs.sinceMs < logsFailMs)
      return [];
    return [{ kind: 'log_refused', subject: worker, message: `output of turns is not taken: ${logs.why}` }];
  }

  async function tell(): Promise<void> {
    const worker = workerId();
    const conditions = worker === null ? [] : [...settleRefused(worker), ...logRefused(worker)];
    if (conditions.length > 0) await noteAlarms(store, conditions);
  }

  return {
    events: {
      ...events,
      settleStuck(runId, sqlstate) {
        events.settleStuck(runId, sqlstate);
        stuck.set(runId, sqlstate);
      },
      settleUnstuck(runId) {
        events.settleUnstuck(runId);
        stuck.delete(runId);
      },
      logAppendFailed(error) {
        events.logAppendFailed(error);
        const [why, lastMs] = [error instanceof Error ? error.message : String(error), nowMs()];
        const isGoingOn = logs !== null && lastMs - logs.lastMs < logsWorkMs;
        logs = { why, lastMs, sinceMs: isGoingOn && logs !== null ? logs.sinceMs : lastMs };
      },
    },
    loop: createLoop({
      name: 'alarms',
      everyMs: tellEveryMs,
      maxBackoffMs: tellEveryMs,
      onError: events.alarmsFailed,
      async step() {
        await tell();
        return 'idle';
      },
    }),
    tell,
  };
}

function results(runIds: readonly string[]): string {
  const [first] = runIds;
  return runIds.length === 1
    ? `the result of the run ${first} is`
    : `${runIds.length} results, of the run ${first} first, are`;
}
