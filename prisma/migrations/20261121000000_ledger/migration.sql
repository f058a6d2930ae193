-- The ledger: jobs and their revisions, cursors, runs with their attempts, events, logs, and who works on them.
-- States and reasons repeat libs/domain/src/run-state.ts; a test compares the two.

CREATE TABLE jobs (
  id          uuid PRIMARY KEY,
  slug        text NOT NULL,
  revision    integer NOT NULL CHECK (revision >= 1),
  version     integer NOT NULL CHECK (version >= 0),
  enabled     boolean NOT NULL,
  overlap     text NOT NULL CHECK (overlap IN ('skip', 'queue', 'latest', 'cancel', 'allow')),
  pool        text NOT NULL,
  created_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  changed_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  deleted_at  timestamptz(3)
);
-- ID-3: the uuid is the identity; a slug may be used again after deletion.
CREATE UNIQUE INDEX jobs_slug ON jobs (slug) WHERE deleted_at IS NULL;
CREATE INDEX jobs_ever_called ON jobs (slug);

CREATE TABLE job_revisions (
  job_id      uuid NOT NULL REFERENCES jobs (id),
  revision    integer NOT NULL,
  document    jsonb NOT NULL,
  actor       text NOT NULL,
  created_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (job_id, revision)
);

-- A child job's rule on its parent's end.
CREATE TABLE triggers (
  job_id      uuid PRIMARY KEY REFERENCES jobs (id),
  parent_id   uuid NOT NULL REFERENCES jobs (id),
  on_end      text NOT NULL CHECK (on_end IN ('success', 'failure', 'complete')),
  delay_ms    bigint NOT NULL CHECK (delay_ms >= 0)
);
CREATE INDEX triggers_parent ON triggers (parent_id);

-- One narrow cursor row per job, jobs without ticks included (AD-6): what inserts runs of a job locks it.
CREATE TABLE schedules (
  job_id        uuid PRIMARY KEY REFERENCES jobs (id),
  kind          text NOT NULL CHECK (kind IN ('cron', 'every', 'at', 'none')),
  next_tick_at  timestamptz(3),
  blocked_at    timestamptz(3),
  blocked_why   text,
  CHECK ((blocked_at IS NULL) = (blocked_why IS NULL)),
  CHECK (blocked_at IS NULL OR next_tick_at IS NULL)
) WITH (fillfactor = 70);
CREATE INDEX schedules_next_tick ON schedules (next_tick_at, job_id) WHERE next_tick_at IS NOT NULL;

-- GA-1: what counts other rows locks the gate first.
CREATE TABLE gates (
  id  text PRIMARY KEY
);

CREATE TABLE workers (
  id            uuid PRIMARY KEY,
  host          text NOT NULL,
  pid           integer NOT NULL,
  version       text NOT NULL,
  pools         text[] NOT NULL,
  slots         integer NOT NULL CHECK (slots >= 1),
  state         text NOT NULL CHECK (state IN ('alive', 'draining', 'left', 'dead')),
  in_hand       integer NOT NULL DEFAULT 0,
  lag_ms        integer NOT NULL DEFAULT 0,
  beat          bigint NOT NULL DEFAULT 0,
  beat_at       timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  judged_beat   bigint NOT NULL DEFAULT -1,
  silent_ms     integer NOT NULL DEFAULT 0,
  started_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  ended_at      timestamptz(3),
  ended_why     text,
  CHECK ((state IN ('left', 'dead')) = (ended_at IS NOT NULL))
) WITH (fillfactor = 50);
CREATE INDEX workers_present ON workers (id) WHERE state IN ('alive', 'draining');

CREATE TABLE runs (
  id                   uuid PRIMARY KEY,
  job_id               uuid NOT NULL REFERENCES jobs (id),
  cause                text NOT NULL CHECK (cause IN ('schedule', 'manual', 'parent', 'task', 'backfill')),
  key                  text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  idempotency_key      text NOT NULL,
  tick_at              timestamptz(3),
  tick_until           timestamptz(3),
  tick_count           integer NOT NULL DEFAULT 1 CHECK (tick_count >= 1),
  due_at               timestamptz(3) NOT NULL,
  state                text NOT NULL CHECK (state IN (
    'awaiting_approval', 'queued', 'blocked', 'running',
    'succeeded', 'failed', 'timed_out', 'interrupted', 'cancelled', 'skipped', 'missed', 'expired')),
  reason               text,
  pool                 text NOT NULL,
  revision             integer NOT NULL,
  version              integer NOT NULL DEFAULT 1,
  attempt              integer NOT NULL DEFAULT 0,
  failures             integer NOT NULL DEFAULT 0,
  losses               integer NOT NULL DEFAULT 0,
  depth                integer NOT NULL DEFAULT 0,
  parent_id            uuid,
  retry_of             uuid,
  actor                text,
  handed_out_at        timestamptz(3),
  hand_out             bigint,
  mark_lost_at         timestamptz(3),
  worker_id            uuid,
  claim_token          uuid,
  cancel_requested_at  timestamptz(3),
  created_at           timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  started_at           timestamptz(3),
  settled_at           timestamptz(3),
  CONSTRAINT runs_identity UNIQUE (job_id, cause, key),
  FOREIGN KEY (job_id, revision) REFERENCES job_revisions (job_id, revision),
  -- State carries its own data: only a running run has a worker, only a settled one an end and a reason.
  CONSTRAINT runs_worker CHECK ((state = 'running') = (worker_id IS NOT NULL)),
  CONSTRAINT runs_claim CHECK ((worker_id IS NULL) = (claim_token IS NULL)),
  CONSTRAINT runs_settled CHECK (
    (state IN ('succeeded', 'failed', 'timed_out', 'interrupted', 'cancelled', 'skipped', 'missed', 'expired'))
    = (settled_at IS NOT NULL)),
  CONSTRAINT runs_handed_out CHECK (handed_out_at IS NULL OR state = 'queued'),
  CONSTRAINT runs_range CHECK (tick_until IS NULL OR (tick_at IS NOT NULL AND tick_until >= tick_at)),
  CONSTRAINT runs_reason CHECK (COALESCE(
    CASE state
      WHEN 'failed' THEN reason IN ('exit_code', 'signal', 'output_limit', 'gateway', 'declared', 'unstorable_output', 'misconfigured')
      WHEN 'timed_out' THEN reason IN ('deadline', 'idle')
      WHEN 'interrupted' THEN reason IN ('worker_lost', 'drained', 'replay_cap')
      WHEN 'cancelled' THEN reason IN ('requested', 'rejected', 'job_deleted', 'overlap_cancel')
      WHEN 'skipped' THEN reason IN ('overlap', 'backlog', 'paused', 'disabled', 'skip_next')
      WHEN 'missed' THEN reason IN ('catch_up', 'outside_window', 'superseded', 'blocked_config')
      WHEN 'expired' THEN reason IN ('approval_deadline', 'start_deadline')
      ELSE reason IS NULL
    END, false))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);

-- HO-1: what one loop hands out, and (HO-4, RB-2) what is out and due.
CREATE INDEX runs_to_hand_out ON runs (pool, due_at, id) WHERE state = 'queued' AND handed_out_at IS NULL;
CREATE INDEX runs_handed_out_at ON runs (pool, due_at, id) WHERE state = 'queued' AND handed_out_at IS NOT NULL;
CREATE INDEX runs_at_work ON runs (worker_id) WHERE state = 'running';
CREATE INDEX runs_open ON runs (job_id, tick_at) WHERE state IN ('queued', 'running', 'blocked', 'awaiting_approval');
-- AD-2: what has started and is not settled, counted by admission.
CREATE INDEX runs_under_way ON runs (job_id) WHERE state = 'running' OR (state IN ('queued', 'blocked') AND attempt > 0);
CREATE INDEX runs_by_due ON runs (due_at DESC, id DESC);
CREATE INDEX runs_of_job ON runs (job_id, due_at DESC, id DESC);
CREATE INDEX runs_of_parent ON runs (parent_id) WHERE parent_id IS NOT NULL;

-- ID-2: numbers of hand-outs, never used twice whatever becomes of the run's row, which keeps its last one (RB-2).
CREATE SEQUENCE hand_outs CACHE 1;

CREATE TABLE attempts (
  run_id            uuid NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  number            integer NOT NULL CHECK (number >= 1),
  worker_id         uuid NOT NULL,
  claim_token       uuid NOT NULL,
  started_at        timestamptz(3) NOT NULL,
  spawned_at        timestamptz(3),
  ended_at          timestamptz(3),
  settled_by        uuid,
  outcome           text CHECK (outcome IN (
    'exited', 'signalled', 'timed_out', 'output_limit', 'misconfigured', 'cancelled', 'drained', 'lost', 'handed_back', 'unstorable_output')),
  exit_code         integer,
  signal            text,
  message           text,
  stdout            text NOT NULL DEFAULT '',
  stdout_bytes      bigint NOT NULL DEFAULT 0,
  stdout_truncated  boolean NOT NULL DEFAULT false,
  stderr            text NOT NULL DEFAULT '',
  stderr_bytes      bigint NOT NULL DEFAULT 0,
  stderr_truncated  boolean NOT NULL DEFAULT false,
  output_pruned     boolean NOT NULL DEFAULT false,
  PRIMARY KEY (run_id, number),
  CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
-- LG-2: rows outlive their outputs; which have theirs.
CREATE INDEX attempts_with_output ON attempts (run_id, number) WHERE NOT output_pruned;

-- EV-1: record and outbox in one. The order number is drawn after the entity's row is locked.
CREATE SEQUENCE event_order CACHE 1;
CREATE TABLE events (
  entity_id     uuid NOT NULL,
  version       integer NOT NULL,
  entity        text NOT NULL CHECK (entity IN ('run', 'job')),
  type          text NOT NULL,
  job_id        uuid NOT NULL,
  data          jsonb NOT NULL CHECK (octet_length(data::text) <= 8192),
  order_number  bigint NOT NULL DEFAULT nextval('event_order'),
  lane          smallint NOT NULL,
  at            timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  stream_seq    bigint,
  stream_epoch  integer,
  refused_why   text,
  PRIMARY KEY (entity_id, version)
) WITH (fillfactor = 80);
-- EV-2: unpublished is a state of the row, never a cursor over order numbers.
CREATE INDEX events_unpublished ON events (lane, order_number) WHERE stream_seq IS NULL AND refused_why IS NULL;

-- LG-1: outputs, in day partitions made ahead; what finds none lands in the default one.
CREATE TABLE log_chunks (
  day      date NOT NULL,
  run_id   uuid NOT NULL,
  attempt  integer NOT NULL,
  stream   text NOT NULL CHECK (stream IN ('stdout', 'stderr')),
  seq      integer NOT NULL,
  at       timestamptz(3) NOT NULL,
  gzip     bytea NOT NULL CHECK (octet_length(gzip) <= 131072),
  PRIMARY KEY (run_id, attempt, stream, seq, day)
) PARTITION BY RANGE (day);
CREATE TABLE log_chunks_rest PARTITION OF log_chunks DEFAULT;

-- TX-6: who does the work of a lane; the number rises with every taking and fences the holder before.
CREATE TABLE leases (
  name    text PRIMARY KEY,
  holder  uuid NOT NULL,
  number  bigint NOT NULL,
  until   timestamptz(3) NOT NULL
) WITH (fillfactor = 50);

-- Which life of Redis and of the stream the marks in the ledger speak of. RB-3: `tide` is the last number that Redis is
-- known to have been given in this life; RB-4: marks of lives before `cleared` are gone.
CREATE TABLE epochs (
  name     text PRIMARY KEY CHECK (name IN ('queue', 'stream')),
  epoch    integer NOT NULL CHECK (epoch >= 1),
  tide     bigint NOT NULL DEFAULT 0,
  cleared  integer NOT NULL DEFAULT 1
);
INSERT INTO epochs (name, epoch) VALUES ('queue', 1), ('stream', 1);

CREATE TABLE tokens (
  id          uuid PRIMARY KEY,
  name        text NOT NULL,
  role        text NOT NULL CHECK (role IN ('admin')),
  hash        text NOT NULL,
  created_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  revoked_at  timestamptz(3)
);
CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked_at IS NULL;
-- A token that was revoked may be chosen again.
CREATE UNIQUE INDEX tokens_hash ON tokens (hash) WHERE revoked_at IS NULL;
