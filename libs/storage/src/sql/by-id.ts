// For statements that have the ids of their runs. As a CASE a condition fits no partial index: while the statistics know
// nothing of a herd yet, Postgres would join through the index of what waits instead of by id, and look at
// 500 × 10,000 pairs for one batch (measured: 0.9 s).

export const isQueued = (run: string) => `CASE ${run}.state WHEN 'queued' THEN true END`;

/** Handed out, and neither claimed nor taken back since. */
export const isOut = (run: string) =>
  `CASE ${run}.state WHEN 'queued' THEN ${run}.handed_out_at IS NOT NULL END`;

export const isNotOut = (run: string) =>
  `CASE ${run}.state WHEN 'queued' THEN ${run}.handed_out_at IS NULL END`;

export const isBlocked = (run: string) => `CASE ${run}.state WHEN 'blocked' THEN true END`;

export const isWaiting = (run: string) => `CASE WHEN ${run}.state IN ('queued', 'blocked') THEN true END`;
