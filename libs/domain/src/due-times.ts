import { cronTimes } from './cron-times.ts';
import type { CronSchedule, EverySchedule, Schedule } from './schedule.ts';
import type { Tick } from './tick.ts';
import { wallTicks } from './wall-ticks.ts';

/**
 * A schedule that is silent for longer has no more ticks. The rarest satisfiable day, a fifth weekday of February, comes
 * once in 28 years, and in 40 where a century has no leap day.
 */
export const searchHorizonMs = 41 * 366 * 86_400_000;

/**
 * The ticks of a schedule strictly after an instant, ascending, each instant once: the only place where ticks are
 * computed. Any tick is a place to go on from. `from` counts, `until` does not.
 */
export function* dueTimes(schedule: Schedule, after: number): Generator<Tick> {
  const startAt = Math.max(Math.floor(after) + 1, schedule.fromAt ?? Number.NEGATIVE_INFINITY);
  for (const tick of ticksFrom(schedule, startAt)) {
    if (schedule.untilAt !== null && tick.tickAt >= schedule.untilAt) return;
    yield tick;
  }
}

/** The first tick strictly after an instant; undefined where the schedule has no more. */
export function nextTick(schedule: Schedule, after: number): Tick | undefined {
  const [tick] = dueTimes(schedule, after);
  return tick;
}

function ticksFrom(schedule: Schedule, startAt: number): Iterable<Tick> {
  switch (schedule.kind) {
    case 'cron':
      return cronTicks(schedule, startAt);
    case 'every':
      return everyTicks(schedule, startAt);
    case 'at':
      return schedule.ticks.filter(({ tickAt }) => tickAt >= startAt);
  }
}

function cronTicks({ cron, zone, gap, fold }: CronSchedule, startAt: number): Iterable<Tick> {
  const between = (from: number, until: number) => cronTimes(cron, from, until);
  return wallTicks({ zone, gap, fold, isFixed: cron.isFixed, between }, startAt, searchHorizonMs);
}

/** Elapsed time knows no zone: a day is 24 hours, whatever clocks do. */
function* everyTicks({ everyMs, anchorAt }: EverySchedule, startAt: number): Generator<Tick> {
  const first = Math.ceil((startAt - anchorAt) / everyMs);
  for (let count = first; ; count++) yield { tickAt: anchorAt + count * everyMs, note: null };
}
