import type { ChildProcess } from 'node:child_process';
import { deadline, sleep } from '@flotilla/runtime';
import { type ProcessEntry, readProcess, readProcessTable } from './process-table.ts';

/** How the first process of a turn ended: one of the two is null. */
export interface LeaderEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** All processes of one turn: the group that its leader founded, and the groups that were made in its session. */
export interface ProcessGroup {
  readonly leaderEnd: Promise<LeaderEnd>;
  /** Whether the leader ended by itself, although nobody may have heard of it yet. */
  hasLeaderEnded(): Promise<boolean>;
  /** The cheap look of the usual case: the leader has ended and its group has no member, not even a zombie. */
  isEmpty(): boolean;
  /**
   * TERM, and KILL `graceMs` later where somebody is left; resolves only once nobody is (GD-6). Without grace
   * KILL comes first. What may not be signalled (a setuid program) is waited for.
   */
  end(graceMs: number): Promise<void>;
}

const firstLookMs = 2;
const longestLookMs = 250;

/** `leader` was just spawned `detached`: its pid names its session and its group. */
export function createProcessGroup(leader: ChildProcess & { readonly pid: number }): ProcessGroup {
  const id = leader.pid;
  const leaderEnd = new Promise<LeaderEnd>((resolve) => {
    leader.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const isReaped = () => leader.exitCode !== null || leader.signalCode !== null;

  /** The groups that still run something. Unknown counts as running: no error is ever an answer. */
  const runningGroups = async (): Promise<ReadonlySet<number>> => {
    const table = await readProcessTable().catch(() => null);
    if (table === null) {
      return new Set([id]);
    }
    if (isReaped() && table.some((entry) => entry.pid === id)) {
      return new Set(); // a pid comes free only when nobody is left in its group and session: this one is another
    }
    const members = table.filter((entry) => entry.groupId === id || entry.sessionId === id);
    return new Set(members.filter((entry) => !entry.isZombie).map((entry) => entry.groupId));
  };

  const signalAll = async (...signals: NodeJS.Signals[]): Promise<void> => {
    for (const groupId of await runningGroups()) {
      for (const signal of signals) {
        sendSignal(groupId, signal);
      }
    }
  };

  const isGoneWithin = async (ms: number): Promise<boolean> => {
    const limit = deadline(ms);
    await within(ms, leaderEnd);
    for (let lookMs = firstLookMs; ; lookMs = Math.min(2 * lookMs, longestLookMs)) {
      if ((await runningGroups()).size === 0) {
        return true;
      }
      if (limit.isOver()) {
        return false;
      }
      await sleep(Math.min(lookMs, limit.remainingMs()));
    }
  };

  return {
    leaderEnd,
    async hasLeaderEnded() {
      return isReaped() || (await readProcess(id).then(isOver, () => false));
    },
    isEmpty: () => isReaped() && !sendSignal(id, 0),
    async end(graceMs) {
      if (graceMs > 0) {
        await signalAll('SIGTERM', 'SIGCONT'); // a stopped process hears TERM only when it goes on
        if (await isGoneWithin(graceMs)) {
          return;
        }
      }
      do {
        await signalAll('SIGKILL');
      } while (!(await isGoneWithin(longestLookMs)));
    },
  };
}

function isOver(entry: ProcessEntry | null): boolean {
  return entry === null || entry.isZombie;
}

/** False where the group has no member left, zombies included. */
function sendSignal(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-groupId, signal);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** Waits for `work`, but at most `ms`. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const ended = new AbortController();
  await Promise.race([work, sleep(ms, ended.signal)]).finally(() => ended.abort());
}
