import type { Guard } from './guard/guard.ts';

/** For tests alone: a guard without a process, and what it was told. */
export interface TestGuard extends Guard {
  readonly gone: AbortSignal;
  /** When the beats of its dots were sent. */
  readonly dots: readonly number[];
  readonly groups: ReadonlySet<number>;
  /** Those that it was told to fence from now on. */
  readonly fencedGroups: ReadonlySet<number>;
  readonly inside: ReadonlySet<string>;
  /** Whether turns may begin; null: after the first dot. */
  permit(mayStart: boolean | null): void;
  /** 20 s without a dot have passed. */
  fenceAll(): void;
  /** Its process ends, whoever ended it. */
  die(): void;
  isEnded(): boolean;
}

export function aGuard(): TestGuard {
  const dots: number[] = [];
  const groups = new Set<number>();
  const fencedGroups = new Set<number>();
  const inside = new Set<string>();
  const listeners: (() => void)[] = [];
  let permission: boolean | null = null;
  const gone = new AbortController();
  let resolveEnded: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve;
  });
  const die = () => {
    gone.abort();
    resolveEnded();
  };
  return {
    lifeline: -1,
    async register({ groupId }) {
      if (gone.signal.aborted) throw new Error('the guard is gone');
      groups.add(groupId);
    },
    fence: (groupId) => void fencedGroups.add(groupId),
    async release(groupId) {
      groups.delete(groupId);
      return gone.signal.aborted;
    },
    dot: (beatSentAtMs) => void dots.push(beatSentAtMs),
    mayStart: () => !gone.signal.aborted && (permission ?? dots.length > 0),
    onFenced: (listener) => void listeners.push(listener),
    openInside: (turn) => void inside.add(turn),
    closeInside: (turn) => void inside.delete(turn),
    ended,
    gone: gone.signal,
    async end() {
      die();
    },
    dots,
    groups,
    fencedGroups,
    inside,
    permit(mayStart) {
      permission = mayStart;
    },
    fenceAll() {
      for (const listener of listeners) listener();
    },
    die,
    isEnded: () => gone.signal.aborted,
  };
}
