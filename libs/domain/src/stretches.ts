import type { PlannedRun } from './plan-ticks.ts';

/** Ticks that are not run become a row each, up to this many in a row; a longer stretch becomes one range row. */
export const maxRowsInAStretch = 100;

/** What a plan's ticks have become. */
export interface Folded {
  readonly runs: readonly PlannedRun[];
  readonly closedRange: PlannedRun | null;
  readonly openRange: PlannedRun | null;
  /** How many ticks of the plan, from its first, are in it. */
  readonly covered: number;
}

/** Collects rows, oldest first. Long stretches of missed ticks fold into one row each, those of a pause into its range. */
export class Stretches {
  readonly #maxRows: number;
  readonly #runs: PlannedRun[] = [];
  #stretch: PlannedRun[] = [];
  #covered = 0;
  /** Where the pause's row is one that an earlier plan began. */
  #isOlder: boolean;
  #range: PlannedRun | null;
  #closedRange: PlannedRun | null = null;

  /** `range`: the row of the pause that earlier plans have left open, up to the first of these ticks. */
  constructor(maxRows: number, range: PlannedRun | null) {
    this.#maxRows = maxRows;
    this.#range = range;
    this.#isOlder = range !== null;
  }

  /** False where the plan is full; `run` is then not in it. */
  add(run: PlannedRun): boolean {
    if (run.reason === 'paused') return this.#addPaused(run);
    this.#closeRange();
    if (this.#stretch.length > 0 && this.#stretch[0]?.reason !== run.reason) this.#closeStretch();
    if (run.reason !== null) {
      this.#stretch.push(run);
      return true;
    }
    if (this.#room() <= 0) return false;
    this.#runs.push(run);
    this.#covered += 1;
    return true;
  }

  /** ED-1: a tick that has its row already; no range goes over it, or it would be told twice. */
  pass(): boolean {
    this.#closeRange();
    const isInterrupted = this.#stretch.length > 0;
    this.#closeStretch();
    if (isInterrupted && this.#room() <= 0) return false;
    this.#covered += 1;
    return true;
  }

  end(): Folded {
    this.#closeStretch();
    const { closedRange, openRange } = { closedRange: this.#closedRange, openRange: this.#range };
    return { runs: this.#runs, closedRange, openRange, covered: this.#covered };
  }

  #addPaused(run: PlannedRun): boolean {
    this.#closeStretch();
    if (this.#range === null && this.#room() <= 0) return false;
    const { tickAt } = run;
    const range = this.#range;
    this.#range = range === null ? run : { ...range, tickUntil: tickAt, tickCount: range.tickCount + 1 };
    this.#covered += 1;
    return true;
  }

  #closeRange(): void {
    if (this.#range === null) return;
    if (this.#isOlder) this.#closedRange = this.#range;
    else this.#runs.push(this.#range);
    this.#range = null;
    this.#isOlder = false;
  }

  #closeStretch(): void {
    const stretch = this.#stretch;
    this.#stretch = [];
    const [first] = stretch;
    const last = stretch.at(-1);
    const room = this.#room();
    if (first === undefined || last === undefined || room <= 0) return;
    if (stretch.length > maxRowsInAStretch) {
      this.#runs.push({ ...first, tickUntil: last.tickAt, tickCount: stretch.length });
      this.#covered += stretch.length;
    } else {
      this.#runs.push(...stretch.slice(0, room));
      this.#covered += Math.min(room, stretch.length);
    }
  }

  /** A range that these ticks began is a row too, wherever it ends. */
  #room(): number {
    return this.#maxRows - this.#runs.length - (this.#range === null || this.#isOlder ? 0 : 1);
  }
}
