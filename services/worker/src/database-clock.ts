/** Samples that the estimate looks at: one bad round trip must not move it, and a stepped clock must soon. */
const keptSamples = 8;

export interface DatabaseClock {
  /** The database's clock, in epoch milliseconds, as far as it is known here. */
  now(): number;
  /** A reading: what the database said between two instants of our own clock. */
  observe(databaseNow: number, sentAt: number, answeredAt: number): void;
}

/** Estimates the database's clock from readings: that of the shortest round trip errs least. */
export function createDatabaseClock(ownNow: () => number = Date.now): DatabaseClock {
  const samples: { offsetMs: number; roundTripMs: number }[] = [];
  let offsetMs = 0;
  return {
    now: () => ownNow() + offsetMs,
    observe(databaseNow, sentAt, answeredAt) {
      samples.push({ offsetMs: databaseNow - (sentAt + answeredAt) / 2, roundTripMs: answeredAt - sentAt });
      if (samples.length > keptSamples) samples.shift();
      const best = samples.reduce((least, sample) =>
        sample.roundTripMs < least.roundTripMs ? sample : least,
      );
      offsetMs = best.offsetMs;
    },
  };
}
