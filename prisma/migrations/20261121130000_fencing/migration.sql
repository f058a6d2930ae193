-- What fences, pauses and warns: how a worker died, turns that its guard ended, pauses, alarms, and the lanes of the stream.

-- LV-3, LV-5: a dead worker was declared so by its guard, who saw its turns gone, or by a judge who counted its silence.
ALTER TABLE workers
  ADD COLUMN death text CHECK (death IN ('evidence', 'silence')),
  -- CK-2: the worker's clock less the database's.
  ADD COLUMN skew_ms integer NOT NULL DEFAULT 0;
UPDATE workers SET death = 'silence' WHERE state = 'dead';
ALTER TABLE workers ADD CONSTRAINT workers_death CHECK ((state = 'dead') = (death IS NOT NULL));

CREATE INDEX workers_ended ON workers (ended_at) WHERE ended_at IS NOT NULL;

-- GD-4: `fenced` is a turn that the guard ended because no beat was answered.
ALTER TABLE attempts DROP CONSTRAINT attempts_outcome_check;
ALTER TABLE attempts ADD CONSTRAINT attempts_outcome_check CHECK (outcome IN (
  'exited', 'signalled', 'timed_out', 'output_limit', 'misconfigured', 'cancelled', 'drained', 'lost', 'fenced',
  'handed_back', 'unstorable_output'));

-- AD-5, ED-4: a pause is of the job's ticks. `pause_range` is the one settled row into which they fold.
ALTER TABLE schedules
  ADD COLUMN paused_at timestamptz(3),
  ADD COLUMN paused_until timestamptz(3),
  ADD COLUMN paused_by text,
  ADD COLUMN paused_why text,
  ADD COLUMN pause_range uuid,
  ADD CONSTRAINT schedules_paused CHECK (paused_at IS NOT NULL
    OR (paused_until IS NULL AND paused_by IS NULL AND paused_why IS NULL AND pause_range IS NULL));
-- The planner passes over paused jobs, until one of their pauses is to be counted or to end.
DROP INDEX schedules_next_tick;
CREATE INDEX schedules_next_tick ON schedules (next_tick_at, job_id) WHERE next_tick_at IS NOT NULL AND paused_at IS NULL;
CREATE INDEX schedules_paused_tick ON schedules (next_tick_at, job_id) WHERE paused_at IS NOT NULL;
CREATE INDEX schedules_paused_until ON schedules (paused_until) WHERE paused_until IS NOT NULL;

-- One open row for each (kind, subject); its events leave through the same outbox as those of runs and jobs.
CREATE TABLE alarms (
  id           uuid PRIMARY KEY,
  kind         text NOT NULL,
  subject      text NOT NULL,
  message      text NOT NULL,
  version      integer NOT NULL DEFAULT 1 CHECK (version >= 1),
  raised_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- When what it warns of was last seen: it is resolved so long after that as its kind lasts.
  seen_at      timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  resolved_at  timestamptz(3)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX alarms_open ON alarms (kind, subject) WHERE resolved_at IS NULL;
CREATE INDEX alarms_resolved ON alarms (resolved_at) WHERE resolved_at IS NOT NULL;
-- What the watch looks for every few seconds is rare, and found without reading what is not it.
CREATE INDEX schedules_blocked ON schedules (job_id) WHERE blocked_at IS NOT NULL;
CREATE INDEX runs_given_up ON runs (settled_at) WHERE reason = 'replay_cap';

ALTER TABLE events DROP CONSTRAINT events_entity_check;
ALTER TABLE events ADD CONSTRAINT events_entity_check CHECK (entity IN ('run', 'job', 'alarm'));
ALTER TABLE events ALTER COLUMN job_id DROP NOT NULL;
ALTER TABLE events ADD CONSTRAINT events_job CHECK (job_id IS NOT NULL OR entity = 'alarm');
-- EV-3: what a lane believes the stream to have, in the order in which it came there: sequences begin anew where the
-- stream was deleted, epochs never do.
CREATE INDEX events_published ON events (lane, stream_epoch, stream_seq) WHERE stream_seq IS NOT NULL;

-- EV-3: nothing of a lane is sent until its marks of earlier lives of the stream are cleared.
CREATE TABLE stream_lanes (
  lane           smallint PRIMARY KEY,
  cleared_epoch  integer NOT NULL CHECK (cleared_epoch >= 1)
);

ALTER TABLE tokens DROP CONSTRAINT tokens_role_check;
ALTER TABLE tokens ADD CONSTRAINT tokens_role_check CHECK (role IN ('viewer', 'operator', 'admin'));

-- What a browser was given for a token: a link that logs in once, or the session that follows.
CREATE TABLE sessions (
  hash        text PRIMARY KEY,
  token_id    uuid NOT NULL REFERENCES tokens (id),
  kind        text NOT NULL CHECK (kind IN ('link', 'browser')),
  expires_at  timestamptz(3) NOT NULL
);
CREATE INDEX sessions_of_token ON sessions (token_id, expires_at);
