/**
 * One worker process with its guard; one at-least-once run that it claims; Postgres; a judge; and a second worker that
 * takes the run as soon as Postgres says that the first is dead. Time is counted in units of about five seconds.
 */
export interface LivenessState {
  readonly worker: 'running' | 'stopped' | 'dead';
  /** Units since the worker sent the last beat that was answered "alive", as far as it matters (GD-4). */
  readonly sinceAlive: number;
  readonly claim: 'none' | 'sent' | 'committed' | 'answered' | 'dropped';

  readonly beat: 'none' | 'sent' | 'executed';
  readonly beatAge: number;
  /** Beats are sent once a unit. */
  readonly beatSentInThisUnit: boolean;
  /** LV-2: the claim had been answered when this beat was sent. */
  readonly beatKnowsClaim: boolean;
  readonly answerSaysDead: boolean;
  readonly answerSaysMine: boolean;

  readonly guard: 'running' | 'stopped' | 'dead';
  /** Units since the sending of the beat that the guard knows to have been answered. */
  readonly guardAge: number;
  /** A dot on its way through the pipe, with the age of its beat. */
  readonly dotAge: number | undefined;

  /** Of the first attempt: its wrapper on the way to a turn at work. `unguarded` works, but no guard knows its group. */
  readonly turn:
    | 'none'
    | 'wrapper'
    | 'registered'
    | 'acknowledged'
    | 'permitted'
    | 'working'
    | 'unguarded'
    | 'gone';

  /** As Postgres has it: whose the run is, and whether the first worker is declared dead. */
  readonly run: 'queued' | 'first attempt' | 'second attempt';
  readonly declaredDead: boolean;
  readonly postgres: 'up' | 'reads only' | 'down';

  readonly judge: 'running' | 'stopped';
  readonly silentUnits: number;
  /** The number of the beat is not the one that the judge saw last. All that ever matters of the two numbers. */
  readonly beatIsNews: boolean;

  /** From the worker's host to Postgres, and back. */
  readonly requestsFlow: boolean;
  readonly repliesFlow: boolean;

  readonly faultsLeft: number;
  /** Worker, guard and network have never failed: to declare the worker dead would be false. */
  readonly blameless: boolean;
}

export const livenessStart: LivenessState = {
  worker: 'running',
  sinceAlive: 0,
  claim: 'none',
  beat: 'none',
  beatAge: 0,
  beatSentInThisUnit: false,
  beatKnowsClaim: false,
  answerSaysDead: false,
  answerSaysMine: false,
  guard: 'running',
  guardAge: 0,
  dotAge: undefined,
  turn: 'none',
  run: 'queued',
  declaredDead: false,
  postgres: 'up',
  judge: 'running',
  silentUnits: 0,
  beatIsNews: false,
  requestsFlow: true,
  repliesFlow: true,
  faultsLeft: 0,
  blameless: true,
};

/** The fields of a beat that is over: what it said must not tell equal states apart. */
export const noBeat = {
  beat: 'none',
  beatAge: 0,
  beatKnowsClaim: false,
  answerSaysDead: false,
  answerSaysMine: false,
} as const;

/** There are processes of the first attempt, at work or about to be. */
export function hasProcesses({ turn }: LivenessState): boolean {
  return turn !== 'none' && turn !== 'gone';
}

/** The guard knows the group of the turn, so that it can kill it. */
export function isGuarded(state: LivenessState): boolean {
  return hasProcesses(state) && state.turn !== 'wrapper' && state.turn !== 'unguarded';
}

export function isAtWork({ turn }: LivenessState): boolean {
  return turn === 'working' || turn === 'unguarded';
}

export function isWaitingToBegin(state: LivenessState): boolean {
  return hasProcesses(state) && !isAtWork(state);
}
