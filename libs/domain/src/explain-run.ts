import type { BlockedBy } from './admit-run.ts';
import { formatDuration } from './duration.ts';
import type { Run } from './run.ts';
import { isSettled, type Reason } from './run-state.ts';

/** A worker has been late where a run started this long after it was due. */
const lateMs = 250;

/** What is known of a run and what was around it. Instants are epoch milliseconds. */
export interface RunFacts
  extends Pick<
    Run,
    'state' | 'reason' | 'cause' | 'dueAt' | 'attempt' | 'failures' | 'losses' | 'tickCount' | 'startedAt'
  > {
  readonly now: number;
  readonly blockedBy: BlockedBy | null;
  readonly handedOutAt: number | null;
  /** Of the first attempt. */
  readonly firstHandedOutAt: number | null;
  /** When it was to start at first, where that is known. */
  readonly firstDueAt: number | null;
  /** What it was blocked by before its first start; null: it was not. */
  readonly waitedFor: BlockedBy | null;
  /** Where the attempt at work is; null: none is. */
  readonly host: string | null;
  /** Short names of other runs of its job that were under way at its end, or are now. */
  readonly others: readonly string[];
  readonly pool: PoolFacts;
}

export interface PoolFacts {
  readonly name: string;
  readonly capacity: number | null;
  readonly running: number;
  /** Runs blocked for want of room. */
  readonly waiting: number;
  /** Living workers that serve it. */
  readonly workers: number;
}

/** Why a run is what it is, in sentences: first its state, then what was odd on the way. */
export function explainRun(facts: RunFacts): string[] {
  return [isSettled(facts.state) ? ended(facts) : underWay(facts), ...lateStart(facts), ...tries(facts)];
}

function underWay(facts: RunFacts): string {
  const { state, attempt, host, now, dueAt } = facts;
  if (state === 'running') return `it is at work${host === null ? '' : ` on ${host}`}, attempt ${attempt}`;
  if (state === 'awaiting_approval') return 'it waits for an approval';
  if (state === 'blocked')
    return facts.blockedBy === 'pool' ? waitsForRoom(facts.pool) : waitsForOthers(facts.others);
  return dueAt > now ? isToCome(facts) : waitsForWorker(facts);
}

function isToCome({ attempt, dueAt, now, handedOutAt }: RunFacts): string {
  const when = `in ${formatDuration(Math.max(1_000, Math.round((dueAt - now) / 1_000) * 1_000))}`;
  if (attempt > 0) return `its next attempt is due ${when}`;
  return `it is due ${when}, and ${handedOutAt === null ? 'not handed out yet' : 'handed out: a worker waits for its time'}`;
}

function waitsForWorker({ handedOutAt, pool }: RunFacts): string {
  if (pool.workers === 0) return `it is due, and no worker serves the pool "${pool.name}"`;
  if (handedOutAt === null) return 'it is due, and waits to be handed out: schedulers do that';
  return `it is due and handed out: the ${plural(pool.workers, 'worker')} of the pool "${pool.name}" have no free slot`;
}

function waitsForRoom({ name, capacity, running, waiting }: PoolFacts): string {
  const room = capacity === null ? '' : `: ${running} of ${capacity} are at work, and ${waiting} wait`;
  return `it waits for room in the pool "${name}"${room}`;
}

function waitsForOthers(others: readonly string[]): string {
  return `it waits for ${others.length === 0 ? 'another run' : `run ${others.join(', ')}`} of its job to end`;
}

function ended(facts: RunFacts): string {
  const { state, reason, tickCount, others } = facts;
  if (state === 'succeeded') return 'it succeeded';
  const meant = reason === null ? state : meanings[reason];
  const who = reason === 'overlap' && others.length > 0 ? ` (run ${others.join(', ')})` : '';
  return `${meant}${who}${tickCount > 1 ? `; this row stands for ${tickCount} ticks` : ''}`;
}

function lateStart({
  startedAt,
  firstDueAt,
  firstHandedOutAt,
  attempt,
  waitedFor,
  pool,
}: RunFacts): string[] {
  if (startedAt === null || firstDueAt === null || attempt === 0) return [];
  const late = startedAt - firstDueAt;
  if (late < lateMs) return [];
  const told = `it started ${formatDuration(late)} after it was due`;
  if (waitedFor === 'pool') return [`${told}: it had to wait for room in the pool "${pool.name}"`];
  if (waitedFor === 'overlap') return [`${told}: it had to wait for another run of its job`];
  if (firstHandedOutAt === null) return [told];
  const outMs = firstHandedOutAt - firstDueAt;
  return outMs < lateMs
    ? [`${told}: it had been handed out in time, and no worker took it sooner`]
    : [`${told}: it was handed out only ${formatDuration(outMs)} after that`];
}

function tries({ failures, losses }: RunFacts): string[] {
  return [
    ...(failures > 0 ? [`${plural(failures, 'attempt')} failed`] : []),
    ...(losses > 0 ? [`${plural(losses, 'attempt')} went with a worker that died`] : []),
  ];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const meanings: Readonly<Record<Reason, string>> = {
  exit_code: 'it failed: its program ended with an exit code other than 0',
  signal: 'it failed: its program was ended by a signal',
  output_limit: 'it failed: it wrote more than its output limit',
  gateway: 'it failed: the agent gateway did not answer as it should',
  declared: 'it failed, as its turn declared',
  unstorable_output: 'it failed: the database refuses what it wrote',
  misconfigured: 'it failed: it could not be started as its job describes it',
  deadline: 'it took longer than its time-out',
  idle: 'it was silent for longer than its idle time-out',
  worker_lost: 'its worker was lost, and its job runs at most once',
  drained: 'its worker was stopped, and its job runs at most once',
  replay_cap: 'its workers were lost so often that it is not run again',
  requested: 'somebody cancelled it',
  rejected: 'somebody rejected it',
  job_deleted: 'its job was deleted',
  overlap_cancel: 'a newer run of its job took its place',
  overlap: 'it was skipped: another run of its job was under way',
  backlog: 'it was skipped: as many runs of its job were waiting as its backlog allows',
  paused: 'it was skipped: its job was paused',
  disabled: 'it was skipped: its job was disabled',
  skip_next: 'it was skipped, as somebody had asked',
  catch_up: 'it was missed: nobody could run it in time, and its catch-up does not make up for it',
  outside_window: 'it was missed: nobody could run it within the window of its catch-up',
  superseded: 'it was missed: a newer run had come before it could start',
  blocked_config: 'it was missed: the schedule could not be computed then',
  approval_deadline: 'nobody approved it in time',
  start_deadline: 'it could not start within its startWithin',
};
