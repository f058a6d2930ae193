/** CK-2: from here on a clock that differs from that of Postgres is told, in milliseconds. */
export const toldSkewMs = 250;

/** CK-2: more of its own clock's error a worker does not correct: it takes no runs instead. In milliseconds. */
export const correctedSkewMs = 2_000;
