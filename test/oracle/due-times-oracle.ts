import { expandCron } from './cron-expander.ts';
import { type ReadMinutes, readMinutes, wallMinutes } from './wall-minutes.ts';

export interface WallPolicy {
  readonly gap: 'run-after' | 'shift' | 'skip';
  readonly fold: 'first' | 'both';
}

type When =
  | { readonly cron: string }
  | { readonly everyMs: number; readonly anchorAt?: number }
  /** ISO with an offset, or without one in the zone. */
  | { readonly at: string };

/** Instants are epoch milliseconds; `from` counts, `to` does not. */
export type OracleRequest = When & WallPolicy & { zone: string; from: number; to: number };

/** No fold and no gap is longer: what lies further away decides about no tick. */
export const reachMs = 26 * 3_600_000;

/**
 * The ticks of a schedule in [from, to), by looking at a clock in its zone each minute. Shares no code and no idea with
 * the product's own computation; right for zones that change on whole minutes, and slow.
 */
export function oracleTicks(request: OracleRequest): number[] {
  const { zone, from, to } = request;
  if ('everyMs' in request) return everyTicks(request.everyMs, request.anchorAt ?? 0, from, to);
  if ('at' in request && /(?:Z|[+-]\d\d:\d\d)$/.test(request.at)) {
    return [Date.parse(request.at)].filter((tickAt) => tickAt >= from && tickAt < to);
  }
  const minutes = readMinutes(wallMinutes(zone, from - reachMs, to + reachMs));
  const ticks =
    'at' in request
      ? settle({ ...onlyAt(request.at), isFixed: true }, minutes)(request)
      : cronOracle(request.cron, minutes)(request);
  return ticks.filter((tickAt) => tickAt >= from && tickAt < to);
}

/** The ticks of an expression within the given minutes, for any policy. */
export function cronOracle(expression: string, minutes: ReadMinutes): (policy: WallPolicy) => number[] {
  return settle(expandCron(expression), minutes);
}

interface Wanted {
  readonly seconds: readonly number[];
  readonly isFixed: boolean;
  matchesMinute(wall: number): boolean;
}

function onlyAt(at: string): Pick<Wanted, 'seconds' | 'matchesMinute'> {
  const wall = Date.parse(`${at}Z`);
  const second = (wall % 60_000) / 1_000;
  return { seconds: [second], matchesMinute: (minute) => minute === wall - second * 1_000 };
}

function settle(wanted: Wanted, { shown, missing }: ReadMinutes): (policy: WallPolicy) => number[] {
  const hits = [...shown].filter(([wall]) => wanted.matchesMinute(wall));
  const misses = wanted.isFixed ? missing.filter(({ wall }) => wanted.matchesMinute(wall)) : [];
  return ({ gap, fold }) => {
    const ticks = new Set<number>();
    for (const [, instants] of hits) {
      const kept = wanted.isFixed && fold === 'first' ? instants.slice(0, 1) : instants;
      for (const instant of kept) for (const second of wanted.seconds) ticks.add(instant + second * 1_000);
    }
    for (const { gapEndsAt, depthMs } of gap === 'skip' ? [] : misses) {
      if (gap === 'run-after') ticks.add(gapEndsAt);
      else for (const second of wanted.seconds) ticks.add(gapEndsAt + depthMs + second * 1_000);
    }
    return [...ticks].sort((left, right) => left - right);
  };
}

function everyTicks(everyMs: number, anchorAt: number, from: number, to: number): number[] {
  const ticks: number[] = [];
  const past = (((from - anchorAt) % everyMs) + everyMs) % everyMs;
  for (let tick = past === 0 ? from : from + everyMs - past; tick < to; tick += everyMs) ticks.push(tick);
  return ticks;
}
