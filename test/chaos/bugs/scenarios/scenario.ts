import type { Campaign } from '../../campaign.ts';
import { createChance } from '../../chance.ts';
import { editedJob } from '../../load/jobs.ts';
import { insideTurn } from '../../load/pieces.ts';
import type { LoadJob } from '../../load/put-jobs.ts';
import { sinkScript } from '../../load/sink.ts';

/** A short campaign that is aimed at one weakness. */
export type Scenario = Pick<
  Campaign,
  'durationMs' | 'crew' | 'jobs' | 'clients' | 'faults' | 'faultsPerMinute'
>;

/** By the names that the headers of planted bugs use. */
export type Scenarios = Readonly<Record<string, Scenario>>;

export const small = { schedulers: 1, workers: 1, slots: 20 };
export const pair = { ...small, workers: 2 };

/** Scripts that start every two seconds. */
export function sinks(count: number, file: string, steps: number): LoadJob[] {
  const script = sinkScript({ file, steps, hasGrandchild: false, ignoresTerm: false, failures: 0 });
  return Array.from({ length: count }, (_, index) => ({
    id: `sink-${index}`,
    document: {
      schedule: { every: '2s' },
      turn: { shell: script },
      overlap: 'skip',
      guarantee: 'at-least-once',
    },
    isEdited: false,
  }));
}

/** Jobs that clients change, pause, disable and delete. */
export function edited(count: number): LoadJob[] {
  const chance = createChance('edited jobs');
  return Array.from({ length: count }, (_, index) => editedJob(index, chance));
}

/** So many that tick each second, and one that clients start. */
export function ticking(count: number, plan: Parameters<typeof insideTurn>[0], more: object): LoadJob[] {
  const common = { turn: insideTurn(plan), overlap: 'allow', guarantee: 'at-least-once', ...more };
  const everySecond = Array.from({ length: count }, (_, index) => ({
    id: `ticking-${index}`,
    document: { ...common, schedule: { every: '1s', catchUp: { policy: 'all' } } },
    isEdited: false,
  }));
  return [...everySecond, { id: 'manual-skip', document: { ...common, overlap: 'skip' }, isEdited: false }];
}
