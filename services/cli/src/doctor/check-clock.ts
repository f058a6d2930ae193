import { correctedSkewMs, toldSkewMs } from '@flotilla/domain';
import { type Finding, fine, wrong } from './finding.ts';

/** What a server's clock showed between two instants of our own, all in epoch milliseconds. */
export interface ClockReading {
  readonly theirs: number;
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** Says no more than the reading proves: it may be wrong by half of the time that it took. */
export function checkClock(
  server: 'Postgres' | 'Redis',
  { theirs, askedAt, answeredAt }: ClockReading,
): Finding {
  const check = server === 'Postgres' ? 'clock' : 'redis clock';
  const skewMs = Math.round((askedAt + answeredAt) / 2 - theirs);
  const provenMs = Math.abs(skewMs) - (answeredAt - askedAt) / 2;
  const says = `this host's clock is ${distance(skewMs)} ${server}' clock`;
  if (provenMs < toldSkewMs) return fine(check, says);
  const isTooFar = server === 'Postgres' && provenMs > correctedSkewMs;
  return wrong(
    check,
    `${says}${isTooFar ? ', too far for a worker to correct' : ''}`,
    'synchronise both by NTP',
  );
}

function distance(skewMs: number): string {
  const size = Math.abs(skewMs);
  const words = size < 10_000 ? `${size} ms` : `${Math.round(size / 1000)} s`;
  return `${words} ${skewMs < 0 ? 'behind' : 'ahead of'}`;
}
