import { setTimeout as sleep } from 'node:timers/promises';
import { type GroupName, runningMembers, signalGroup } from '../turns/group-members.ts';
import { childStart, readProcessTable } from '../turns/process-table.ts';
import { monotonicMs } from './monotonic-ms.ts';

/** What may not be killed (a setuid program under another user) is tried again for so long. */
export const patienceMs = 60_000;

const firstLookMs = 2;
const longestLookMs = 250;

/** KILLs a group at once. An id that was taken again is left alone: nothing is left of who had it before. */
function killNow(group: GroupName): void {
  if (!isAnother(group)) signalGroup(group.groupId, 'SIGKILL');
}

function isAnother({ groupId, start }: GroupName): boolean {
  return start !== null && (childStart(groupId) ?? start) !== start;
}

/** KILLs one process at once, where it is still the one that is meant. */
export function endProcess(pid: number, start: string | null): void {
  if (isAnother({ groupId: pid, start })) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}

/**
 * KILLs a group, and the groups that were made in its session, and sees them gone (GD-6).
 *
 * @returns false where somebody of them still ran after `limitMs`, or nobody could tell
 */
export async function endGroup(group: GroupName, limitMs: number = patienceMs): Promise<boolean> {
  const endMs = monotonicMs() + limitMs;
  killNow(group);
  for (let lookMs = firstLookMs; ; lookMs = Math.min(2 * lookMs, longestLookMs)) {
    const members = await readProcessTable().then(
      (table) => runningMembers(table, group),
      () => null, // an error is no answer
    );
    if (members?.length === 0) return true;
    for (const groupId of new Set(members?.map((member) => member.groupId))) signalGroup(groupId, 'SIGKILL');
    if (monotonicMs() >= endMs) return false;
    await sleep(lookMs);
  }
}
