import type { Chance } from '../chance.ts';
import type { FaultKind } from './fault.ts';

export interface PlannedFault {
  /** Milliseconds since the start of the campaign. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** Decides what it hits and for how long. */
  readonly chance: Chance;
}

/** The faults of a campaign: they depend on the seed alone. */
export function planFaults(
  kinds: readonly FaultKind[],
  { durationMs, perMinute }: { readonly durationMs: number; readonly perMinute: number },
  chance: Chance,
): PlannedFault[] {
  const planned: PlannedFault[] = [];
  if (kinds.length === 0) return planned;
  const meanGapMs = 60_000 / perMinute;
  for (let atMs = gap(meanGapMs, chance); atMs < durationMs; atMs += gap(meanGapMs, chance)) {
    planned.push({ atMs, kind: pickWeighted(kinds, chance), chance: chance.fork(String(planned.length)) });
  }
  return planned;
}

/** As things come that do not know of each other. */
function gap(meanMs: number, chance: Chance): number {
  return -Math.log(1 - chance.next()) * meanMs;
}

function pickWeighted(kinds: readonly FaultKind[], chance: Chance): FaultKind {
  let left = chance.between(
    0,
    kinds.reduce((sum, { weight }) => sum + weight, 0),
  );
  const found = kinds.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  return found ?? chance.pick(kinds);
}
