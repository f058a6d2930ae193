import type { GroupName } from '../turns/group-members.ts';
import { afterReading } from './after-reading.ts';
import type { FromGuard, ToGuard } from './message.ts';
import { monotonicMs } from './monotonic-ms.ts';

export interface WatchOptions {
  /** GD-8: the first is shorter. */
  readonly limits: { readonly fenceMs: number; readonly insideMs: number };
  readonly say: (message: FromGuard) => void;
  /** GD-4: the groups of turns that somebody else could double, and one that is registered or fenced later. */
  readonly kill: (group: GroupName) => void;
  /** GD-7: a turn inside the worker was not ended in time. May be asked again. */
  readonly killWorker: () => void;
  readonly nowMs?: () => number;
}

export interface Watch {
  hear(message: Exclude<ToGuard, { kind: 'start' | 'bye' }>): void;
  /** The groups that are registered and not released. */
  groups(): readonly GroupName[];
  stop(): void;
}

interface Ward extends GroupName {
  isFenced: boolean;
  wasKilled: boolean;
}

/** A worker that was to be killed and still lives is killed again after this. */
const againMs = 1_000;

/** What a guard knows, and what it does by its clock: the dots of its worker, and the groups of its turns. */
export function createWatch({ limits, say, kill, killWorker, nowMs = monotonicMs }: WatchOptions): Watch {
  const wards = new Map<number, Ward>();
  const inside = new Set<string>();
  /** Counted from here before the first dot, which may be older than this guard. */
  const begunMs = nowMs();
  let dotMs = Number.NEGATIVE_INFINITY;
  /** Before the first dot too: no permission was given yet. */
  let isFencing = true;
  let timer: NodeJS.Timeout | undefined;

  function silentSinceMs(): number {
    return Number.isFinite(dotMs) ? dotMs : begunMs;
  }

  function killWhereFenced(ward: Ward): void {
    if (!isFencing || !ward.isFenced || ward.wasKilled) return;
    ward.wasKilled = true;
    kill(ward);
  }

  function look(): void {
    const ageMs = nowMs() - silentSinceMs();
    if (ageMs >= limits.fenceMs && !isFencing) {
      isFencing = true;
      say({ kind: 'fenced' });
      for (const ward of wards.values()) killWhereFenced(ward);
    }
    if (ageMs >= limits.insideMs && inside.size > 0) {
      killWorker();
      lookIn(againMs);
    } else {
      lookAgain();
    }
  }

  function lookAgain(): void {
    const nextMs = isFencing ? limits.insideMs : limits.fenceMs;
    if (!isFencing || inside.size > 0) lookIn(Math.max(0, silentSinceMs() + nextMs - nowMs()));
    else clearTimeout(timer);
  }

  function lookIn(ms: number): void {
    clearTimeout(timer);
    timer = afterReading(ms, look);
  }

  function dot(beatSentAtMs: number): void {
    dotMs = Math.max(dotMs, Math.min(beatSentAtMs, nowMs()));
    if (nowMs() - dotMs < limits.fenceMs) isFencing = false; // GD-3: one that was sent too long ago permits nothing
    lookAgain();
  }

  return {
    hear(message) {
      switch (message.kind) {
        case 'register': {
          const { groupId, start, isFenced } = message;
          const ward: Ward = { groupId, start, isFenced, wasKilled: false };
          wards.set(groupId, ward);
          killWhereFenced(ward);
          return say({ kind: 'registered', groupId });
        }
        case 'fence': {
          const ward = wards.get(message.groupId);
          if (ward === undefined) return;
          ward.isFenced = true;
          return killWhereFenced(ward);
        }
        case 'release': {
          const { groupId } = message;
          const wasKilled = wards.get(groupId)?.wasKilled ?? false;
          wards.delete(groupId);
          return say({ kind: 'released', groupId, wasKilled });
        }
        case 'dot':
          return dot(message.beatSentAtMs);
        case 'openInside':
          inside.add(message.turn);
          return lookAgain();
        case 'closeInside':
          inside.delete(message.turn);
          return lookAgain();
      }
    },
    groups: () => [...wards.values()],
    stop: () => clearTimeout(timer),
  };
}
