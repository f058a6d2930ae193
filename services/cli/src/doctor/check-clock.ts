import { type Finding, fine, wrong } from './finding.ts';

/** CK-2: reported from here on; what is beyond the second bound, workers do not correct. */
const worthReportingMs = 250;
const correctableMs = 2_000;

/** What Postgres' clock showed between two instants of our own, all in epoch milliseconds. */
export interface ClockReading {
  readonly theirs: number;
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** Says no more than the reading proves: it may be wrong by half of the time that it took. */
export function checkClock({ theirs, askedAt, answeredAt }: ClockReading): Finding {
  const skewMs = Math.round((askedAt + answeredAt) / 2 - theirs);
  const provenMs = Math.abs(skewMs) - (answeredAt - askedAt) / 2;
  const says = `this host's clock is ${distance(skewMs)} Postgres' clock`;
  if (provenMs < worthReportingMs) return fine('clock', says);
  const effect = provenMs > correctableMs ? ', too far for a worker to correct' : '';
  return wrong('clock', `${says}${effect}`, 'synchronise both by NTP');
}

function distance(skewMs: number): string {
  const size = Math.abs(skewMs);
  const words = size < 10_000 ? `${size} ms` : `${Math.round(size / 1000)} s`;
  return `${words} ${skewMs < 0 ? 'behind' : 'ahead of'}`;
}
