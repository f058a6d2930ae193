import type { Action } from '../model.ts';
import { mustExitWrapper, mustKeep, mustKillForDeath, mustKillForSilence, mustTakeDot } from './guard.ts';
import { mustExecuteBeat } from './postgres.ts';
import type { LivenessRules } from './rules.ts';
import type { LivenessState } from './state.ts';
import { mustBeat, mustEndBeat, mustFollowGuard } from './worker.ts';

/** A unit passes, unless something is due that takes much less than a unit. */
export function timeAction(rules: LivenessRules): Action<LivenessState> {
  const { lastStart, guardKills } = rules.deadlines;
  const older = (age: number, mattersUpTo: number): number => Math.min(age + 1, mattersUpTo);

  return {
    name: 'a unit of time passes',
    enabled: (state) => !isSomethingDue(state, rules),
    next: (state) => ({
      beatSentInThisUnit: false,
      sinceAlive: state.worker === 'dead' ? 0 : older(state.sinceAlive, lastStart),
      guardAge: state.guard === 'dead' ? 0 : older(state.guardAge, guardKills),
      dotAge: state.dotAge === undefined ? undefined : older(state.dotAge, guardKills),
      beatAge: state.beat === 'none' ? 0 : older(state.beatAge, guardKills),
      ...afterPass(state, rules),
    }),
  };
}

function isSomethingDue(state: LivenessState, rules: LivenessRules): boolean {
  return (
    mustBeat(state) ||
    mustExecuteBeat(state) ||
    mustEndBeat(state) ||
    mustFollowGuard(state) ||
    mustTakeDot(state) ||
    mustKillForSilence(state, rules) ||
    mustKillForDeath(state) ||
    mustKeep(state, rules) ||
    mustExitWrapper(state)
  );
}

/** LV-3: one pass of the judge for each unit, on its own clock. */
function afterPass(state: LivenessState, rules: LivenessRules): Partial<LivenessState> {
  const { judgeGivesUp } = rules.deadlines;
  const reads =
    state.postgres === 'up' || (state.postgres === 'reads only' && !rules.holds('LV-3 committed'));
  if (state.judge === 'running' && reads) {
    return state.beatIsNews
      ? { silentUnits: 0, beatIsNews: false }
      : { silentUnits: Math.min(state.silentUnits + 1, judgeGivesUp) };
  }
  return rules.holds('LV-3 unbroken')
    ? { silentUnits: 0, beatIsNews: true }
    : { silentUnits: Math.min(state.silentUnits + 1, judgeGivesUp) };
}
