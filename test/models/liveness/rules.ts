/** The rules of LV and GD that this model can break one by one, and what is done where one is switched off. */
export const livenessRules = {
  'LV-2': 'an answer disowns runs although their claim was under way when its beat was sent',
  'LV-3 committed': "the judge's pass counts although it committed nothing",
  'LV-3 unbroken': 'silence goes on counting over failed passes and while the judge was frozen',
  'LV-4': 'the death is written whatever the beat number is by then',
  'LV-6': 'an answer that says dead makes a dot, too, and permits a start',
  'GD-1': "the turn begins without waiting for the guard's acknowledgement",
  'GD-2': 'no keeper in the group of the turn',
  'GD-3': 'time counts from the answer, not from the sending of its beat',
  'GD-4 kill': 'the guard kills nothing when answers stay away',
  'GD-4 start': 'the worker starts a turn however long it has had no answer',
  'GD-5': 'the guard writes the death before it has seen the groups gone',
  'GD-8': 'the guard is slower than the judge',
} as const;

export type LivenessRule = keyof typeof livenessRules;

/** Units of time, scaled as 15 : 20 : 30 s. */
export interface Deadlines {
  /** GD-4: no turn is started so long after the last beat that was answered "alive" was sent. */
  readonly lastStart: number;
  /** GD-4: the guard kills so long after it. */
  readonly guardKills: number;
  /** LV-3: so much silence is death. */
  readonly judgeGivesUp: number;
}

const inOrder: Deadlines = { lastStart: 3, guardKills: 4, judgeGivesUp: 6 };
const guardTooSlow: Deadlines = { ...inOrder, guardKills: 8 };

/** Asks which rules hold: all but those that a run switches off. */
export class LivenessRules {
  readonly deadlines: Deadlines;
  readonly #off: ReadonlySet<LivenessRule>;

  constructor(off: readonly LivenessRule[]) {
    this.#off = new Set(off);
    this.deadlines = this.holds('GD-8') ? inOrder : guardTooSlow;
  }

  holds(rule: LivenessRule): boolean {
    return !this.#off.has(rule);
  }
}
