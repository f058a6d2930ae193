import { eventsRuns } from './events/runs.ts';
import { livenessRuns } from './liveness/runs.ts';
import type { Run } from './run.ts';

export const catalogue: readonly Run[] = [...livenessRuns, ...eventsRuns];
