/** What becomes of a wall-clock time that is left out when clocks are put forward. */
export const gapPolicies = ['run-after', 'shift', 'skip'] as const;
export type GapPolicy = (typeof gapPolicies)[number];

/** What becomes of a wall-clock time that comes twice when clocks are put back. */
export const foldPolicies = ['first', 'both'] as const;
export type FoldPolicy = (typeof foldPolicies)[number];

/** One nominal time of a schedule. */
export interface Tick {
  /** Epoch milliseconds. */
  readonly tickAt: number;
  /** `gap`: moved out of a gap. `fold`: its wall-clock time comes twice on that day. */
  readonly note: 'gap' | 'fold' | null;
}
