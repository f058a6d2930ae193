import type { AlarmCondition } from '@flotilla/domain';
import { monotonicMs, type StepResult } from '@flotilla/runtime';
import { type NotedAlarms, noteAlarms, readConditions, type Store } from '@flotilla/storage';
import type { AlarmReports } from './alarm-reports.ts';
import type { Lane } from './lane.ts';

/** A fleet that starts has its workers a moment after its scheduler: until then nobody misses them. */
export const quietMs = 15_000;

export interface WatchOptions {
  readonly store: Store;
  readonly lane: Lane;
  readonly reports: Pick<AlarmReports, 'tell'>;
  /** What is the matter with the servers. */
  readonly lookAtServers: () => Promise<AlarmCondition[]>;
  readonly onNoted: (noted: NotedAlarms) => void;
  readonly nowMs?: () => number;
}

/**
 * Raises and resolves alarms: each replica tells what it has seen happen itself, and one of them looks at what the
 * ledger and the servers show.
 */
export function createWatch(options: WatchOptions) {
  const { store, lane, reports, lookAtServers, onNoted, nowMs = monotonicMs } = options;
  const startedAtMs = nowMs();

  return async (): Promise<StepResult> => {
    const told = await reports.tell(store);
    if (told !== null) onNoted(told);
    if (nowMs() - startedAtMs < quietMs) return 'idle';
    await lane.hold(async (held) => {
      const conditions = [...(await lookAtServers()), ...(await readConditions(store))];
      held.assertHeld();
      onNoted(await noteAlarms(store, conditions));
    });
    return 'idle';
  };
}
