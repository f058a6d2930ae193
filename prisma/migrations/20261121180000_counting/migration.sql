-- What counts: pools with a cap, runs that wait for others of their job or for room, start deadlines, priorities, pacing.

CREATE TABLE pools (
  name        text PRIMARY KEY,
  -- Turns at once in the whole fleet; null: as many as its workers have slots for.
  capacity    integer CHECK (capacity BETWEEN 1 AND 100000),
  changed_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO pools (name) VALUES ('default');
ALTER TABLE jobs ADD CONSTRAINT jobs_pool FOREIGN KEY (pool) REFERENCES pools (name);

-- AD-3: the job's present policies, where admission reads them.
ALTER TABLE jobs
  ADD COLUMN backlog integer NOT NULL DEFAULT 25 CHECK (backlog >= 1),
  ADD COLUMN priority smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN -100 AND 100),
  ADD COLUMN start_within_ms bigint CHECK (start_within_ms > 0);

ALTER TABLE runs
  ADD COLUMN priority smallint NOT NULL DEFAULT 0,
  -- The start deadline of a run that has never started.
  ADD COLUMN start_by timestamptz(3),
  ADD COLUMN blocked_by text CHECK (blocked_by IN ('overlap', 'pool')),
  -- It was blocked or paced before: catch-up and backlog are asked once (AD-4).
  ADD COLUMN has_waited boolean NOT NULL DEFAULT false,
  -- GA-3: an unblocked run that nobody has claimed yet has room until then.
  ADD COLUMN held_until timestamptz(3),
  -- AD-4: the time that pacing gave a late tick.
  ADD COLUMN paced_at timestamptz(3),
  ADD COLUMN cancel_reason text CHECK (cancel_reason IN ('requested', 'overlap_cancel')),
  ADD CONSTRAINT runs_blocked CHECK ((state = 'blocked') = (blocked_by IS NOT NULL)),
  ADD CONSTRAINT runs_held CHECK (held_until IS NULL OR state = 'queued');

-- AD-2, GA-3: what counts for the overlap of a job.
DROP INDEX runs_under_way;
CREATE INDEX runs_under_way ON runs (job_id)
  WHERE state IN ('running', 'blocked') OR (state = 'queued' AND (attempt > 0 OR held_until IS NOT NULL));
-- What counts for the room of a pool, and what waits for it.
CREATE INDEX runs_in_pool ON runs (pool) WHERE state = 'running' OR held_until IS NOT NULL;
CREATE INDEX runs_blocked_in_pool ON runs (pool, priority DESC, due_at, id) WHERE state = 'blocked' AND blocked_by = 'pool';
CREATE INDEX runs_blocked_in_job ON runs (job_id, priority DESC, due_at, id) WHERE state = 'blocked' AND blocked_by = 'overlap';
CREATE INDEX runs_start_by ON runs (start_by) WHERE start_by IS NOT NULL AND attempt = 0 AND state IN ('queued', 'blocked');
-- HO-4: highest priority first, then oldest.
DROP INDEX runs_to_hand_out;
CREATE INDEX runs_to_hand_out ON runs (pool, priority DESC, due_at, id) WHERE state = 'queued' AND handed_out_at IS NULL;
CREATE INDEX jobs_in_pool ON jobs (pool);
CREATE INDEX jobs_prioritized ON jobs (pool) WHERE priority <> 0 AND deleted_at IS NULL;
CREATE INDEX runs_paced ON runs (job_id, paced_at) WHERE paced_at IS NOT NULL;

-- GA-1: pacing counts too.
INSERT INTO gates (id)
  SELECT 'job:' || j.id FROM jobs j JOIN job_revisions v ON v.job_id = j.id AND v.revision = j.revision
  WHERE v.document -> 'schedule' -> 'catchUp' ->> 'policy' = 'all' AND j.deleted_at IS NULL
  ON CONFLICT DO NOTHING;
