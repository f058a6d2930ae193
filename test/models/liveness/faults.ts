import type { Action } from '../model.ts';
import { type LivenessState, noBeat } from './state.ts';

export type LivenessFault =
  | 'kill worker'
  | 'kill guard'
  | 'kill both'
  | 'stop worker'
  | 'stop guard'
  | 'cut network'
  | 'Postgres down'
  | 'commits hang'
  | 'freeze judge';

/** Each costs one of the faults that a run allows; what heals does so at any time, or never. */
export function faultActions(kinds: readonly LivenessFault[]): Action<LivenessState>[] {
  const allowed = faults.filter(({ kind }) => kinds.includes(kind)).map(({ kind: _, ...action }) => action);
  const counted = allowed.map(({ name, enabled, next }) => ({
    name: `FAULT: ${name}`,
    enabled: (state: LivenessState) => state.faultsLeft > 0 && enabled(state),
    next: (state: LivenessState) => ({ ...next(state), faultsLeft: state.faultsLeft - 1 }),
  }));
  return [...counted, ...cures];
}

const workerDies = { worker: 'dead', sinceAlive: 0, blameless: false } as const;
const guardDies = { guard: 'dead', guardAge: 0, dotAge: undefined, blameless: false } as const;

const faults: readonly (Action<LivenessState> & { readonly kind: LivenessFault })[] = [
  {
    kind: 'kill worker',
    name: 'the worker is killed',
    enabled: ({ worker }) => worker !== 'dead',
    next: () => workerDies,
  },
  {
    kind: 'kill guard',
    name: 'the guard is killed',
    enabled: ({ guard }) => guard !== 'dead',
    next: () => guardDies,
  },
  {
    kind: 'kill both',
    name: 'worker and guard are killed together',
    enabled: ({ worker, guard }) => worker !== 'dead' && guard !== 'dead',
    next: () => ({ ...workerDies, ...guardDies }),
  },
  {
    kind: 'stop worker',
    name: 'the worker is stopped',
    enabled: ({ worker }) => worker === 'running',
    next: () => ({ worker: 'stopped', blameless: false }),
  },
  {
    kind: 'stop guard',
    name: 'the guard is stopped',
    enabled: ({ guard }) => guard === 'running',
    next: () => ({ guard: 'stopped', blameless: false }),
  },
  {
    kind: 'cut network',
    name: 'requests to Postgres are cut',
    enabled: ({ requestsFlow }) => requestsFlow,
    next: () => ({ requestsFlow: false, blameless: false }),
  },
  {
    kind: 'cut network',
    name: 'replies of Postgres are cut',
    enabled: ({ repliesFlow }) => repliesFlow,
    next: () => ({ repliesFlow: false, blameless: false }),
  },
  {
    kind: 'Postgres down',
    name: 'Postgres goes down',
    enabled: ({ postgres }) => postgres === 'up',
    next: ({ beat }) => ({ postgres: 'down', ...(beat === 'sent' && noBeat) }),
  },
  {
    kind: 'commits hang',
    name: 'Postgres answers reads, but commits hang',
    enabled: ({ postgres }) => postgres === 'up',
    next: () => ({ postgres: 'reads only' }),
  },
  {
    kind: 'freeze judge',
    name: 'the judge is frozen',
    enabled: ({ judge }) => judge === 'running',
    next: () => ({ judge: 'stopped' }),
  },
];

const cures: readonly Action<LivenessState>[] = [
  {
    name: 'the worker is continued',
    enabled: ({ worker }) => worker === 'stopped',
    next: () => ({ worker: 'running' }),
  },
  {
    name: 'the guard is continued',
    enabled: ({ guard }) => guard === 'stopped',
    next: () => ({ guard: 'running' }),
  },
  {
    name: 'requests to Postgres flow again',
    enabled: ({ requestsFlow }) => !requestsFlow,
    next: () => ({ requestsFlow: true }),
  },
  {
    name: 'replies of Postgres flow again',
    enabled: ({ repliesFlow }) => !repliesFlow,
    next: () => ({ repliesFlow: true }),
  },
  {
    name: 'Postgres is well again',
    enabled: ({ postgres }) => postgres !== 'up',
    next: () => ({ postgres: 'up' }),
  },
  {
    name: 'the judge goes on',
    enabled: ({ judge }) => judge === 'stopped',
    next: () => ({ judge: 'running' }),
  },
];
