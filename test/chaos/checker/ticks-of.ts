import { parseDuration, type ScheduleDocument } from '@flotilla/domain';
import { cronOracle, oracleTicks, reachMs } from '../../oracle/due-times-oracle.ts';
import { type ReadMinutes, readMinutes, wallMinutes } from '../../oracle/wall-minutes.ts';

/** The ticks of a schedule in (after, until], by the oracle. */
export type TicksOf = (schedule: ScheduleDocument, after: number, until: number) => number[];

/** Looks at the clock of each zone once for the whole stretch, which is what costs. */
export function createTicksOf(from: number, to: number): TicksOf {
  const zones = new Map<string, ReadMinutes>();

  function minutesOf(zone: string): ReadMinutes {
    const known = zones.get(zone);
    if (known !== undefined) return known;
    const minutes = readMinutes(wallMinutes(zone, from - reachMs, to + reachMs));
    zones.set(zone, minutes);
    return minutes;
  }

  return (schedule, after, until) => {
    const { cron, every, at, anchor, zone, gap, fold } = schedule;
    const [low, high] = [after + 1, until + 1];
    if (cron !== undefined) {
      const ticks = cronOracle(cron, minutesOf(zone))({ gap, fold });
      return ticks.filter((tick) => tick >= low && tick < high);
    }
    const common = { zone, gap, fold, from: low, to: high };
    if (at !== undefined) return oracleTicks({ ...common, at });
    const everyMs = parseDuration(every ?? '') ?? Number.NaN;
    return oracleTicks({ ...common, everyMs, anchorAt: anchor === undefined ? 0 : Date.parse(anchor) });
  };
}
