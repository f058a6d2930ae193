import { percentile } from './percentile.ts';

/** What a figure has to be, in its unit. */
export type Bound = { readonly atMost: number } | { readonly atLeast: number };

/** One thing that was measured, once in each round. */
export interface Figure {
  /** What was measured, of whom: `due → claim p99`, `pg-boss 10.4.2: runs/s`. */
  readonly what: string;
  readonly unit: 'ms' | '/s' | '×' | '';
  readonly rounds: readonly number[];
  /** None where it is told for comparison. */
  readonly bound?: Bound;
}

/** The middle one, or the middle between the two. Throws where there are none. */
export function median(values: readonly number[]): number {
  return (
    (percentile(values, 0.5) +
      percentile(
        [...values].map((value) => -value),
        0.5,
      ) *
        -1) /
    2
  );
}

export function holds({ rounds, bound }: Figure): boolean | null {
  if (bound === undefined) return null;
  const value = median(rounds);
  return 'atMost' in bound ? value <= bound.atMost : value >= bound.atLeast;
}
