import type { Action } from '../model.ts';
import type { LivenessRules } from './rules.ts';
import { hasProcesses, isAtWork, isGuarded, isWaitingToBegin, type LivenessState } from './state.ts';

/** What happens beside the worker: its guard, the keeper in the turn's group, the wrapper at the end of its pipe. */
export function guardActions(rules: LivenessRules): Action<LivenessState>[] {
  const { guardKills } = rules.deadlines;
  const isOver = (state: LivenessState): boolean => rules.holds('GD-4 kill') && state.guardAge >= guardKills;

  return [
    {
      name: 'the guard takes a dot',
      enabled: (state) => mustTakeDot(state),
      next: ({ guardAge, dotAge }) => ({
        guardAge: Math.min(guardAge, dotAge ?? guardAge),
        dotAge: undefined,
      }),
    },
    {
      name: 'the guard takes the group of the turn',
      enabled: (state) => state.guard === 'running' && ['wrapper', 'unguarded'].includes(state.turn),
      next: (state) => ({ turn: isOver(state) ? 'gone' : isAtWork(state) ? 'working' : 'registered' }),
    },
    {
      name: 'the worker hears that the guard has the group',
      enabled: (state) => state.worker === 'running' && state.turn === 'registered',
      next: () => ({ turn: 'acknowledged' }),
    },
    {
      name: 'the guard kills the turn: no answer for too long',
      enabled: (state) => mustKillForSilence(state, rules),
      next: () => ({ turn: 'gone' }),
    },
    {
      name: 'the guard kills the turn: the worker is dead',
      enabled: (state) => mustKillForDeath(state),
      next: () => ({ turn: 'gone' }),
    },
    {
      name: 'the guard writes the death of the worker',
      enabled: (state) =>
        state.guard === 'running' &&
        state.worker === 'dead' &&
        !state.declaredDead &&
        (!isGuarded(state) || !rules.holds('GD-5')) &&
        state.requestsFlow &&
        state.postgres === 'up',
      next: () => ({ declaredDead: true }),
    },
    {
      name: 'the keeper sees the guard gone and kills the turn',
      enabled: (state) => mustKeep(state, rules),
      next: () => ({ turn: 'gone' }),
    },
    {
      name: 'the wrapper sees the worker gone and exits',
      enabled: (state) => mustExitWrapper(state),
      next: () => ({ turn: 'gone' }),
    },
  ];
}

export function mustTakeDot(state: LivenessState): boolean {
  return state.guard === 'running' && state.dotAge !== undefined;
}

export function mustKillForSilence(state: LivenessState, rules: LivenessRules): boolean {
  const isOver = state.guardAge >= rules.deadlines.guardKills;
  return rules.holds('GD-4 kill') && state.guard === 'running' && isOver && isGuarded(state);
}

export function mustKillForDeath(state: LivenessState): boolean {
  return state.guard === 'running' && state.worker === 'dead' && isGuarded(state);
}

export function mustKeep(state: LivenessState, rules: LivenessRules): boolean {
  return rules.holds('GD-2') && state.guard === 'dead' && hasProcesses(state);
}

export function mustExitWrapper(state: LivenessState): boolean {
  return state.worker === 'dead' && isWaitingToBegin(state);
}
