import { correctedSkewMs, toldSkewMs } from '@flotilla/domain';
import type { DatabaseClock } from './database-clock.ts';
import type { Intake } from './intake.ts';

/** Looks at the clock after each reading. */
export type ClockWatch = () => void;

export interface ClockEvents {
  readonly clockSkewed: (skewMs: number) => void;
  readonly clockAgrees: () => void;
}

/**
 * CK-2: a clock that is off by 250 ms is told, once; one that is off by more than 2 s takes no runs, since the queue
 * delays by it. Both are over as soon as the clocks agree again.
 */
export function createClockWatch(
  clock: Pick<DatabaseClock, 'skewMs'>,
  intake: Pick<Intake, 'close' | 'open'>,
  events: ClockEvents,
): ClockWatch {
  let told: 'agrees' | 'skewed' | 'too far' = 'agrees';
  return () => {
    const skewMs = clock.skewMs();
    const offMs = Math.abs(skewMs);
    const found = offMs > correctedSkewMs ? 'too far' : offMs >= toldSkewMs ? 'skewed' : 'agrees';
    if (found === 'too far') void intake.close('skewed');
    else intake.open('skewed');
    if (found === told) return;
    told = found;
    if (found === 'agrees') events.clockAgrees();
    else events.clockSkewed(skewMs);
  };
}
