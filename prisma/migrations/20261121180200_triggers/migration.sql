-- Triggers in full: several parents, what their output must have, and sets of endings that fire once.

ALTER TABLE triggers
  DROP CONSTRAINT triggers_pkey,
  ADD PRIMARY KEY (job_id, parent_id),
  -- Its child waits for an end of each of its parents; else each end counts by itself.
  ADD COLUMN needs_all boolean NOT NULL DEFAULT false,
  -- What the parent's output must have for its end to count.
  ADD COLUMN contains text,
  ADD COLUMN matches text,
  ADD CONSTRAINT triggers_condition CHECK (contains IS NULL OR matches IS NULL);
CREATE INDEX triggers_with_condition ON triggers (parent_id) WHERE contains IS NOT NULL OR matches IS NOT NULL;

ALTER TABLE runs
  -- The run that began the chain of triggers; null: it began one itself.
  ADD COLUMN root_id uuid,
  -- All parents of a run that a set of endings began; null: it has one or none.
  ADD COLUMN parent_ids uuid[];
CREATE INDEX runs_of_parents ON runs USING gin (parent_ids) WHERE parent_ids IS NOT NULL;

-- Endings of parents that wait for those of the others, of jobs that need all. Guarded by the gate 'join:<job>' (GA-1).
CREATE TABLE endings (
  job_id     uuid NOT NULL REFERENCES jobs (id),
  -- The root whose other runs it waits for; the nil uuid: it counts beside whatever the others end with.
  root_id    uuid NOT NULL,
  parent_id  uuid NOT NULL REFERENCES jobs (id),
  run_id     uuid NOT NULL,
  ended_at   timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (job_id, root_id, parent_id)
);
CREATE INDEX endings_bound ON endings (ended_at) WHERE root_id <> '00000000-0000-0000-0000-000000000000';
