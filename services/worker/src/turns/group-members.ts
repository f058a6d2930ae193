import type { ProcessEntry } from './process-table.ts';

/** A process group by its id and by when its leader began; null where the system does not tell (macOS). */
export interface GroupName {
  readonly groupId: number;
  readonly start: string | null;
}

/**
 * GD-6: who still runs of a group and of the groups that were made in its session; zombies do not count. An id comes free
 * only when nobody is left in its group and session, so that a leader with another start tells that nobody is.
 */
export function runningMembers(
  table: readonly ProcessEntry[],
  { groupId, start }: GroupName,
): readonly ProcessEntry[] {
  const leader = table.find(({ pid }) => pid === groupId);
  if (start !== null && leader !== undefined && leader.start !== start) return [];
  return table.filter(
    (entry) => (entry.groupId === groupId || entry.sessionId === groupId) && !entry.isZombie,
  );
}

/** Signals a group. False where it has no member, not even a zombie. */
export function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-groupId, signal);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
