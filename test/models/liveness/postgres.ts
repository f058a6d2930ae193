import type { Action } from '../model.ts';
import type { LivenessRules } from './rules.ts';
import { hasProcesses, type LivenessState } from './state.ts';

/** What becomes true in Postgres: beats, the claim, a death by silence, and the second worker's attempt. */
export function postgresActions(rules: LivenessRules): Action<LivenessState>[] {
  return [
    {
      name: 'Postgres executes the beat',
      enabled: (state) => canExecuteBeat(state),
      next: ({ run, declaredDead }) => ({
        beat: 'executed',
        beatIsNews: true,
        answerSaysDead: declaredDead,
        answerSaysMine: run === 'first attempt' && !declaredDead,
      }),
    },
    {
      name: 'Postgres commits the claim',
      enabled: (state) =>
        state.claim === 'sent' &&
        state.requestsFlow &&
        state.postgres === 'up' &&
        state.run === 'queued' &&
        !state.declaredDead,
      next: () => ({ run: 'first attempt', claim: 'committed' }),
    },
    {
      name: 'the judge writes the death of the worker',
      enabled: (state) =>
        state.judge === 'running' &&
        state.silentUnits >= rules.deadlines.judgeGivesUp &&
        state.postgres === 'up' &&
        !state.declaredDead &&
        (!state.beatIsNews || !rules.holds('LV-4')),
      next: () => ({ declaredDead: true }),
    },
    {
      name: 'the run is recovered and a second worker begins it',
      enabled: (state) => state.declaredDead && state.run === 'first attempt' && state.postgres === 'up',
      next: () => ({ run: 'second attempt' }),
    },
    {
      name: 'the turn ends by itself',
      enabled: (state) => hasProcesses(state) && ['working', 'unguarded'].includes(state.turn),
      next: () => ({ turn: 'gone' }),
    },
  ];
}

function canExecuteBeat(state: LivenessState): boolean {
  return state.beat === 'sent' && state.requestsFlow && state.postgres === 'up';
}

/** A healthy Postgres executes a beat within a unit; one that starves it for ever would be a false death by itself. */
export function mustExecuteBeat(state: LivenessState): boolean {
  return canExecuteBeat(state) && state.beatAge >= 1;
}
