/**
 * GD-4, AD-3: somebody else could double a run `r` of the job `j`, were its worker lost: what the job and its pool count at
 * present says so.
 */
export const isGated = `(j.overlap <> 'allow'
  OR EXISTS (SELECT 1 FROM pools WHERE name = r.pool AND capacity IS NOT NULL))`;
