import type { ChildProcess } from 'node:child_process';
import { deadline, sleep } from '@flotilla/runtime';
import type { Gate } from './gate.ts';
import { runningMembers, signalGroup } from './group-members.ts';
import { childStart, type ProcessEntry, readProcess, readProcessTable } from './process-table.ts';

/** How the first process of a turn ended: one of the two is null. */
export interface LeaderEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** All processes of one turn: the group that its leader founded, and the groups that were made in its session. */
export interface ProcessGroup {
  readonly id: number;
  readonly leaderEnd: Promise<LeaderEnd>;
  /** Whether the leader ended by itself, although nobody may have heard of it yet. */
  hasLeaderEnded(): Promise<boolean>;
  /**
   * CN-3: nothing of the leader's own group outlives it, its keeper neither. Resolves once nobody is left; where the
   * system reaps promptly that costs no look at the process table.
   */
  clear(): Promise<void>;
  /**
   * TERM, and KILL `graceMs` later where somebody is left; resolves only once nobody is (GD-6). Without grace
   * KILL comes first. What may not be signalled (a setuid program) is waited for.
   */
  end(graceMs: number): Promise<void>;
}

/** Members that count: the first group alone, or also those that were made in its session. */
type Reach = 'group' | 'session';

const firstLookMs = 2;
const longestLookMs = 250;

/** `leader` was just spawned `detached`: its pid names its session and its group. */
export function createProcessGroup(
  leader: ChildProcess & { readonly pid: number },
  gate: Gate,
): ProcessGroup {
  const id = leader.pid;
  const name = { groupId: id, start: childStart(id) };
  const leaderEnd = new Promise<LeaderEnd>((resolve) => {
    leader.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const isReaped = () => leader.exitCode !== null || leader.signalCode !== null;

  /** Who still runs; null: unknown, which counts as somebody, since no error is ever an answer. */
  const running = async (reach: Reach): Promise<readonly ProcessEntry[] | null> => {
    const table = await readProcessTable().catch(() => null);
    if (table === null) return null;
    if (isReaped() && table.some(({ pid }) => pid === id)) return []; // the pid was free, so nobody was left
    const members = runningMembers(table, name);
    return reach === 'session' ? members : members.filter(({ groupId }) => groupId === id);
  };

  const signalAll = async (reach: Reach, ...signals: NodeJS.Signals[]): Promise<void> => {
    const members = await running(reach);
    for (const groupId of new Set(members?.map((member) => member.groupId) ?? [id])) {
      for (const signal of signals) signalGroup(groupId, signal);
    }
  };

  const isGoneWithin = async (ms: number, reach: Reach, spared: () => number | null): Promise<boolean> => {
    const limit = deadline(ms);
    await within(ms, leaderEnd);
    for (let lookMs = firstLookMs; ; lookMs = Math.min(2 * lookMs, longestLookMs)) {
      const members = await running(reach);
      if (members?.every(({ pid }) => pid === spared()) === true) return true;
      if (limit.isOver()) return false;
      await sleep(Math.min(lookMs, limit.remainingMs()));
    }
  };

  const killAll = async (reach: Reach): Promise<void> => {
    do {
      await signalAll(reach, 'SIGKILL');
    } while (!(await isGoneWithin(longestLookMs, reach, () => null)));
  };

  return {
    id,
    leaderEnd,
    async hasLeaderEnded() {
      return isReaped() || (await readProcess(id).then(isOver, () => false));
    },
    async clear() {
      await leaderEnd;
      if (gate.keeperPid() !== null) {
        signalGroup(id, 'SIGKILL'); // the keeper is in it: the id is nobody else's
        await within(longestLookMs, gate.keeperEnded);
      }
      if (!signalGroup(id, 0)) return;
      if (!(await isGoneWithin(longestLookMs, 'group', () => null))) await killAll('group');
    },
    async end(graceMs) {
      if (graceMs > 0) {
        await signalAll('session', 'SIGTERM', 'SIGCONT'); // a stopped process hears TERM only when it goes on
        await isGoneWithin(graceMs, 'session', gate.keeperPid); // the keeper ends only with KILL
      }
      await killAll('session');
    },
  };
}

function isOver(entry: ProcessEntry | null): boolean {
  return entry === null || entry.isZombie;
}

/** Waits for `work`, but at most `ms`. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const ended = new AbortController();
  await Promise.race([work, sleep(ms, ended.signal)]).finally(() => ended.abort());
}
