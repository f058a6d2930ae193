/**
 * The state machine of a run: written here once, held by the exhaustive switches of the decisions, by CHECKs in the
 * database and by the picture in README (tests compare both with this file).
 */
export const waitingStates = ['awaiting_approval', 'queued', 'blocked'] as const;
export const settledStates = [
  'succeeded',
  'failed',
  'timed_out',
  'interrupted',
  'cancelled',
  'skipped',
  'missed',
  'expired',
] as const;
export const runStates = [...waitingStates, 'running', ...settledStates] as const;

export type RunState = (typeof runStates)[number];
export type SettledState = (typeof settledStates)[number];

/** Every settled run but a succeeded one says why, in a word of this closed list. */
export const reasons = {
  succeeded: [],
  failed: [
    'exit_code',
    'signal',
    'output_limit',
    'gateway',
    'declared',
    'unstorable_output',
    'misconfigured',
  ],
  timed_out: ['deadline', 'idle'],
  interrupted: ['worker_lost', 'drained', 'replay_cap'],
  cancelled: ['requested', 'rejected', 'job_deleted', 'overlap_cancel'],
  skipped: ['overlap', 'backlog', 'paused', 'disabled', 'skip_next'],
  missed: ['catch_up', 'outside_window', 'superseded', 'blocked_config'],
  expired: ['approval_deadline', 'start_deadline'],
} as const satisfies Record<SettledState, readonly string[]>;

export type Reason = (typeof reasons)[SettledState][number];

/** The states a run may begin its life in: a tick that is not run is a ledger row from the start. */
export const initialStates = ['queued', 'skipped', 'missed'] as const satisfies readonly RunState[];

/** What each state may become. Nothing leaves a settled state. */
export const transitions: Readonly<Record<RunState, readonly RunState[]>> = {
  queued: ['running', 'blocked', 'awaiting_approval', 'skipped', 'missed', 'expired', 'cancelled'],
  blocked: ['queued', 'skipped', 'missed', 'expired', 'cancelled'],
  awaiting_approval: ['queued', 'cancelled', 'expired'],
  running: ['queued', 'succeeded', 'failed', 'timed_out', 'interrupted', 'cancelled'],
  succeeded: [],
  failed: [],
  timed_out: [],
  interrupted: [],
  cancelled: [],
  skipped: [],
  missed: [],
  expired: [],
};

export function isSettled(state: RunState): state is SettledState {
  return transitions[state].length === 0;
}

export function mayBecome(from: RunState, to: RunState): boolean {
  return transitions[from].includes(to);
}
