import { correctedSkewMs } from '@flotilla/domain';

/** Samples that the estimate looks at: one bad round trip must not move it. */
const keptSamples = 8;
/** Instants of the database and of ours are whole milliseconds: two readings may differ by so much without a step. */
const roundingMs = 2;

export interface DatabaseClock {
  /** The database's clock, in epoch milliseconds, as far as it is known here and may be corrected. */
  now(): number;
  /** Our clock less the database's, in milliseconds. */
  skewMs(): number;
  /** A reading that has just come: what the database said, within a round trip measured on the monotonic clock. */
  observe(databaseNow: number, roundTripMs: number): void;
}

interface Sample {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

/**
 * Estimates the database's clock from readings: that of the shortest round trip errs least. Each bounds the truth by
 * half its round trip; one that contradicts an earlier reading shows that a clock was stepped since.
 */
export function createDatabaseClock(ownNow: () => number = Date.now): DatabaseClock {
  let samples: readonly Sample[] = [];
  let offsetMs = 0;
  return {
    now: () => ownNow() + Math.max(-correctedSkewMs, Math.min(offsetMs, correctedSkewMs)),
    skewMs: () => 0 - offsetMs,
    observe(databaseNow, roundTripMs) {
      const sample = { offsetMs: databaseNow - (ownNow() - roundTripMs / 2), roundTripMs };
      const consistent = samples.filter((earlier) => agree(earlier, sample));
      samples = [...consistent, sample].slice(-keptSamples);
      offsetMs = samples.reduce((least, each) =>
        each.roundTripMs <= least.roundTripMs ? each : least,
      ).offsetMs;
    },
  };
}

function agree(one: Sample, other: Sample): boolean {
  const boundMs = (one.roundTripMs + other.roundTripMs) / 2 + roundingMs;
  return Math.abs(one.offsetMs - other.offsetMs) <= boundMs;
}
