import type { Action } from '../model.ts';
import type { LivenessRules } from './rules.ts';
import { hasProcesses, type LivenessState, noBeat } from './state.ts';

export const hearsAnswer = 'the worker hears the answer to its beat';

/** What the worker process does: beats, a claim, a turn by way of its wrapper. */
export function workerActions(rules: LivenessRules): Action<LivenessState>[] {
  const { lastStart } = rules.deadlines;
  const isRunning = (state: LivenessState): boolean => state.worker === 'running';
  const mayStart = (state: LivenessState): boolean =>
    isRunning(state) && (state.sinceAlive < lastStart || !rules.holds('GD-4 start'));

  return [
    {
      name: 'the worker sends a beat',
      enabled: (state) => mustBeat(state),
      next: ({ claim }) => ({
        beat: 'sent',
        beatAge: 0,
        beatSentInThisUnit: true,
        beatKnowsClaim: claim === 'answered',
      }),
    },
    {
      name: 'the worker gives its beat up',
      enabled: (state) => mustEndBeat(state) && !reachesPostgres(state),
      next: () => noBeat,
    },
    {
      name: hearsAnswer,
      enabled: (state) => isRunning(state) && state.beat === 'executed' && hearsPostgres(state),
      next: (state) => ({ ...noBeat, ...afterAnswer(state, rules) }),
    },
    {
      name: 'the worker sends its claim',
      enabled: (state) => isRunning(state) && state.claim === 'none' && state.run === 'queued',
      next: () => ({ claim: 'sent' }),
    },
    {
      name: 'the worker hears that the run is its own',
      enabled: (state) => isRunning(state) && state.claim === 'committed' && hearsPostgres(state),
      next: () => ({ claim: 'answered' }),
    },
    {
      name: 'the worker spawns the wrapper of the turn',
      enabled: (state) =>
        mayStart(state) && state.claim === 'answered' && state.turn === 'none' && state.guard !== 'dead',
      next: () => ({ turn: 'wrapper' }),
    },
    {
      name: 'the turn begins, unknown to the guard',
      enabled: (state) => !rules.holds('GD-1') && state.turn === 'wrapper',
      next: () => ({ turn: 'unguarded' }),
    },
    {
      name: 'the worker sees time enough to start',
      enabled: (state) => mayStart(state) && state.turn === 'acknowledged',
      next: () => ({ turn: 'permitted' }),
    },
    {
      name: 'the worker writes the byte: the turn works',
      enabled: (state) => isRunning(state) && state.turn === 'permitted',
      next: () => ({ turn: 'working' }),
    },
    {
      name: 'the worker sees the guard gone and kills the turn',
      enabled: (state) => mustFollowGuard(state),
      next: () => ({ turn: 'gone' }),
    },
  ];
}

function afterAnswer(state: LivenessState, rules: LivenessRules): Partial<LivenessState> {
  if (state.answerSaysDead && rules.holds('LV-6')) {
    return { claim: 'dropped', ...(hasProcesses(state) && { turn: 'gone' as const }) };
  }
  // GD-3: the answer tells of the moment at which its beat was sent
  const age = rules.holds('GD-3') ? state.beatAge : 0;
  const toGuard = state.guard === 'dead' ? {} : { dotAge: Math.min(age, state.dotAge ?? age) };
  const mayDisown = state.beatKnowsClaim || !rules.holds('LV-2');
  const ends = hasProcesses(state) && (state.answerSaysDead || (!state.answerSaysMine && mayDisown));
  return {
    sinceAlive: Math.min(age, rules.deadlines.lastStart),
    ...toGuard,
    ...(ends && { turn: 'gone' as const }),
  };
}

/** Client deadline of a beat, in units. */
const BEAT_DEADLINE = 2;

export function mustBeat(state: LivenessState): boolean {
  return state.worker === 'running' && state.beat === 'none' && !state.beatSentInThisUnit;
}

/** A beat is answered or given up by its deadline. */
export function mustEndBeat(state: LivenessState): boolean {
  return state.worker === 'running' && state.beat !== 'none' && state.beatAge >= BEAT_DEADLINE;
}

/** The worker sees at once that its guard is gone, and ends what nobody fences now. */
export function mustFollowGuard(state: LivenessState): boolean {
  return state.worker === 'running' && state.guard === 'dead' && hasProcesses(state);
}

function hearsPostgres(state: LivenessState): boolean {
  return state.repliesFlow && state.postgres !== 'down';
}

function reachesPostgres(state: LivenessState): boolean {
  return state.requestsFlow && state.repliesFlow && state.postgres === 'up';
}
