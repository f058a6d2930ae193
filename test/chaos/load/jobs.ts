import type { Chance } from '../chance.ts';
import { catchUp, every, insideTurn, job, retryOf, times } from './pieces.ts';
import type { LoadJob } from './put-jobs.ts';
import { sinkScript } from './sink.ts';
import { waitingJobs } from './waiting-jobs.ts';

export interface LoadSize {
  /** Jobs that tick each second and wait inside workers. */
  readonly quick: number;
  /** Jobs whose turns are scripts, each ticking every `sinkEverySeconds`. */
  readonly sinks: number;
  readonly sinkEverySeconds: number;
  /** Jobs that clients edit. */
  readonly edited: number;
}

const guarantees = ['at-least-once', 'at-most-once'] as const;

/** All jobs of a campaign, parents before their children. */
export function loadJobs(size: LoadSize, sinkFile: string, chance: Chance): LoadJob[] {
  return [
    ...times(size.quick, (index) => quickJob(index, chance)),
    ...times(size.sinks, (index) => sinkJob(index, size.sinkEverySeconds, sinkFile, chance)),
    ...times(size.edited, (index) => editedJob(index, chance)),
    ...longJobs(sinkFile),
    ...cronJobs(chance),
    ...families(chance),
    ...manualJobs(chance),
    ...waitingJobs(sinkFile, chance),
  ];
}

/** Ticks each second, a third of them `skip` with turns that may outlast their second. */
function quickJob(index: number, chance: Chance): LoadJob {
  const overlap = index % 3 === 0 ? 'skip' : 'allow';
  const waitMs = index % 12 === 0 ? 2_500 : Math.round(chance.between(0, 50));
  const failures = index % 8 === 0 ? 1 : 0;
  return job(`quick-${index}`, {
    schedule: { ...every(1, chance), catchUp: catchUp(chance), ...(index % 4 === 0 ? { spread: '1s' } : {}) },
    turn: insideTurn({ waitMs, failures }),
    overlap,
    guarantee: guarantees[index % 2],
    retry: retryOf(failures, chance),
  });
}

function sinkJob(index: number, everySeconds: number, file: string, chance: Chance): LoadJob {
  const failures = index % 5 === 0 ? 1 : 0;
  const plan = {
    file,
    steps: chance.below(4),
    hasGrandchild: index % 4 === 1,
    ignoresTerm: index % 6 === 2,
    failures,
  };
  return job(`sink-${index}`, {
    schedule: { ...every(everySeconds, chance), catchUp: catchUp(chance) },
    turn: { shell: sinkScript(plan), killAfter: '1s' },
    overlap: index % 2 === 0 ? 'skip' : 'allow',
    guarantee: guarantees[index % 2],
    retry: retryOf(failures, chance),
  });
}

/** Turns of many seconds, so that each fault meets some under way. */
function longJobs(file: string): LoadJob[] {
  const long = (name: string, turn: object, more: object) =>
    job(name, { schedule: { every: '5s' }, turn, overlap: 'skip', ...more });
  const script = (hasGrandchild: boolean) =>
    sinkScript({ file, steps: 80, hasGrandchild, ignoresTerm: hasGrandchild, failures: 0 });
  return [
    long('long-inside', insideTurn({ waitMs: 8_000, failures: 0 }), { guarantee: 'at-least-once' }),
    long('long-inside-once', insideTurn({ waitMs: 6_000, failures: 0 }), {}),
    long('long-sink', { shell: script(false), killAfter: '1s' }, { guarantee: 'at-least-once' }),
    long('long-sink-group', { shell: script(true), killAfter: '1s' }, { guarantee: 'at-least-once' }),
    long('long-sink-once', { shell: script(false), killAfter: '1s' }, {}),
  ];
}

function cronJobs(chance: Chance): LoadJob[] {
  const cron = (name: string, expression: string, zone: string) =>
    job(name, {
      schedule: { cron: expression, zone, catchUp: catchUp(chance) },
      turn: insideTurn({ waitMs: 20, failures: 0 }),
      overlap: 'allow',
      guarantee: 'at-least-once',
    });
  return [
    cron('cron-seconds', '*/3 * * * * *', 'Europe/Berlin'),
    cron('cron-list', '5,20,35,50 * * * * *', 'America/New_York'),
    cron('cron-minute', '* * * * *', 'Asia/Kolkata'),
  ];
}

/** A parent, a child of its successes, a child of its failures, a grandchild, and a child of all that one run began. */
function families(chance: Chance): LoadJob[] {
  const brief = insideTurn({ waitMs: 10, failures: 0 });
  const member = (id: string, more: object) =>
    job(id, { turn: brief, overlap: 'allow', guarantee: 'at-least-once', ...more });
  return [
    member('parent', { schedule: every(2, chance) }),
    member('failing-parent', {
      schedule: every(3, chance),
      turn: insideTurn({ waitMs: 10, failures: 100 }),
      retry: { attempts: 2, delay: '1s', factor: 1 },
    }),
    member('child-of-success', { after: { job: 'parent', on: 'success' } }),
    member('child-of-failure', { after: { job: 'failing-parent', on: 'failure' } }),
    member('child-of-any', { after: { job: 'failing-parent', on: 'complete', delay: '2s' } }),
    member('grandchild', { after: { job: 'child-of-success', on: 'success' } }),
    member('sibling', { after: { job: 'parent', on: 'success' } }),
    member('late-sibling', { after: { job: 'parent', on: 'success', delay: '1s' } }),
    member('reunion', {
      after: { jobs: ['child-of-success', 'sibling', 'late-sibling'], join: 'all', on: 'complete' },
    }),
  ];
}

/** Started by clients alone. */
function manualJobs(chance: Chance): LoadJob[] {
  const waiting = (waitMs: number) => insideTurn({ waitMs, failures: 0 });
  return [
    job('manual-allow', { turn: waiting(30), overlap: 'allow', guarantee: 'at-least-once' }),
    job('manual-skip', { turn: waiting(Math.round(chance.between(200, 600))), overlap: 'skip' }),
    job('manual-long', { turn: waiting(12_000), overlap: 'allow', guarantee: 'at-least-once' }),
  ];
}

/** Changed, paused, disabled and deleted by clients. */
export function editedJob(index: number, chance: Chance): LoadJob {
  return { ...job(`edited-${index}`, editedDocument(index, chance)), isEdited: true };
}

/** What a client makes of an edited job next. Its overlap stays: runs under the old one may be at work. */
export function editedDocument(index: number, chance: Chance): Record<string, unknown> {
  const cron = {
    cron: `*/${chance.pick([2, 3, 4, 5, 6])} * * * * *`,
    zone: chance.pick(['UTC', 'Asia/Tokyo']),
  };
  const seconds = chance.pick([1, 2, 3, 5, 7]);
  return {
    schedule: { ...(chance.happens(0.4) ? cron : every(seconds, chance)), catchUp: catchUp(chance) },
    turn: insideTurn({ waitMs: Math.round(chance.between(0, 1_500)), failures: 0 }),
    overlap: index % 2 === 0 ? 'skip' : 'allow',
    guarantee: chance.pick(guarantees),
  };
}
