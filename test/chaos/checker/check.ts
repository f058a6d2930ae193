import type { Evidence } from '../evidence/evidence.ts';
import { checkAttempts } from './check-attempts.ts';
import { checkDeaths } from './check-deaths.ts';
import { checkEvents } from './check-events.ts';
import { checkJoins } from './check-joins.ts';
import { checkPermissions } from './check-permissions.ts';
import { checkRequests } from './check-requests.ts';
import { checkRooms } from './check-rooms.ts';
import { checkTicks } from './check-ticks.ts';
import { checkTurns } from './check-turns.ts';
import { checkWaits } from './check-waits.ts';
import { type Measures, measure } from './measure.ts';
import type { Violation } from './violation.ts';

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly measures: Measures;
}

/** Judges a campaign by what it has left. */
export function check(evidence: Evidence): Verdict {
  const checks = [
    checkTicks,
    checkRequests,
    checkJoins,
    checkAttempts,
    checkTurns,
    checkRooms,
    checkWaits,
    checkDeaths,
    checkEvents,
    checkPermissions,
  ];
  return { violations: checks.flatMap((one) => one(evidence)), measures: measure(evidence) };
}
