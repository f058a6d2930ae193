import type { Cron } from './cron.ts';
import { daysIn, matchingDays } from './cron-days.ts';

const day = 86_400_000;
const hour = 3_600_000;
const minute = 60_000;
const second = 1_000;

/** The wall times in [from, until) at which an expression fires, ascending; written as if clocks showed UTC. */
export function* cronTimes(cron: Cron, from: number, until: number): Generator<number> {
  for (const dayAt of daysBetween(cron, from, until)) {
    for (const hourAt of starts(cron.hours, dayAt, hour, from)) {
      for (const minuteAt of starts(cron.minutes, hourAt, minute, from)) {
        for (const wall of starts(cron.seconds, minuteAt, second, from)) {
          if (wall >= until) return;
          if (wall >= from) yield wall;
        }
      }
    }
  }
}

/** Where the parts of a longer stretch begin that do not end before `from`. */
function starts(parts: readonly number[], stretchAt: number, lengthMs: number, from: number): number[] {
  const all = parts.map((part) => stretchAt + part * lengthMs);
  return stretchAt >= from ? all : all.filter((at) => at + lengthMs > from);
}

/** Midnights of matching days, from the day of `from` to that of `until`. */
function* daysBetween(cron: Cron, from: number, until: number): Generator<number> {
  const start = new Date(from);
  for (let month = start.getUTCMonth(); ; month++) {
    const monthAt = Date.UTC(start.getUTCFullYear(), month, 1);
    if (monthAt >= until) return;
    const first = new Date(monthAt);
    const monthNumber = first.getUTCMonth() + 1;
    if (!cron.months.includes(monthNumber)) continue;
    const length = daysIn(first.getUTCFullYear(), monthNumber);
    for (const date of matchingDays(cron.days, length, first.getUTCDay())) {
      const dayAt = monthAt + (date - 1) * day;
      if (dayAt + day > from) yield dayAt;
    }
  }
}
