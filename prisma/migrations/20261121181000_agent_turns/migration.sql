-- Agent turns: how they may end, and what an answer cost as far as its gateway told it.
ALTER TABLE attempts DROP CONSTRAINT attempts_outcome_check;
ALTER TABLE attempts
  ADD CONSTRAINT attempts_outcome_check CHECK (outcome IN (
    'exited', 'signalled', 'answered', 'timed_out', 'idle', 'output_limit', 'gateway', 'misconfigured', 'cancelled',
    'drained', 'lost', 'fenced', 'handed_back', 'unstorable_output')),
  ADD COLUMN model text,
  ADD COLUMN input_tokens bigint CHECK (input_tokens >= 0),
  ADD COLUMN output_tokens bigint CHECK (output_tokens >= 0),
  -- In the gateway's own currency.
  ADD COLUMN cost double precision CHECK (cost >= 0);
