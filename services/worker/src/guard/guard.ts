/**
 * The process that fences the turns of one worker id (GD-1): whatever becomes of the worker or of the database, no turn
 * that somebody else could double outlives the time in which it was this worker's.
 */
export interface Guard {
  /** GD-2: ends when the guard ends; a file descriptor that keepers inherit. Not to be used once the guard is gone. */
  readonly lifeline: number;
  /** GD-1: resolves once the guard knows the group, which may begin only then. Throws where the guard is gone. */
  register(group: GuardedGroup): Promise<void>;
  /** GD-4: from now on somebody else could double it, since a cancel is pending. */
  fence(groupId: number): void;
  /** The group is gone. True where the guard, or its own end, had killed it. Never throws. */
  release(groupId: number): Promise<boolean>;
  /** GD-3: a beat that was sent at this time (`monotonicMs`) was answered with "alive". */
  dot(beatSentAtMs: number): void;
  /** GD-4: turns may begin within 15 s of the last dot. */
  mayStart(): boolean;
  /** GD-4, GD-7: told once each time that 20 s without a dot have passed. */
  onFenced(listener: () => void): void;
  /** GD-7: a turn inside the worker: 25 s after the last dot the guard kills the worker while one is open. */
  openInside(turn: string): void;
  closeInside(turn: string): void;
  /** Resolves when the guard's process has ended, however it did. */
  readonly ended: Promise<void>;
  /** Aborted at the same time: for those who listen only for a while. */
  readonly gone: AbortSignal;
  /** Ends the guard; the keepers kill what it still guards. Nobody's death is written. */
  end(): Promise<void>;
}

export interface GuardedGroup {
  /** The pid of its leader, which was just spawned. */
  readonly groupId: number;
  /** Somebody else could double the turn: at-least-once, overlap other than `allow`, a capped pool, a pending cancel. */
  readonly isFenced: boolean;
}
