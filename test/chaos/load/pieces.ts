import type { Chance } from '../chance.ts';
import { type InsidePlan, insideVariable } from '../inside/carry-out-inside.ts';
import type { LoadJob } from './put-jobs.ts';

/** What the documents of a load are made of. */
export function job(id: string, document: Readonly<Record<string, unknown>>): LoadJob {
  return { id, document, isEdited: false };
}

/** Ticks that no other job's ticks come with. */
export function every(seconds: number, chance: Chance): { every: string; anchor: string } {
  const anchor = new Date(Date.UTC(2026, 0, 1) + chance.below(seconds * 1_000)).toISOString();
  return { every: `${seconds}s`, anchor };
}

export function catchUp(chance: Chance): object {
  return chance.pick([
    { policy: 'none' },
    { policy: 'latest' },
    { policy: 'all' },
    { policy: 'all', limit: 5 },
  ]);
}

export function retryOf(failures: number, chance: Chance): object {
  return { attempts: failures + chance.below(2) + 1, delay: '1s', factor: 1 };
}

export function insideTurn(plan: InsidePlan): object {
  return { shell: 'exit 99', env: { [insideVariable]: JSON.stringify(plan) } };
}

export function times<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
