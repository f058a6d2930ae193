import { expect, test } from 'vitest';
import type { Statement } from '../statement.ts';
import { aJob, openTestLedger } from '../test-ledger.ts';
import { claimUngated, readTurns } from './claim.ts';
import { markHandedOut } from './hand-out.ts';
import { clearMarks, loseMarks } from './rebuild.ts';
import { endAttempts, lockRunning, readSettlementFacts, settleRuns } from './settle.ts';

const { store, sql } = await openTestLedger();
const { jobId } = await aJob(store, { overlap: 'allow' });
/** As a herd comes: nobody has analyzed the table since. */
await sql(
  `INSERT INTO runs (id, job_id, cause, key, idempotency_key, due_at, state, pool, revision, handed_out_at)
   SELECT gen_random_uuid(), $1, 'manual', number, number, clock_timestamp(), 'queued', 'default', 1,
     CASE number % 2 WHEN 0 THEN clock_timestamp() END FROM generate_series(1, 2000) AS number`,
  [jobId],
);

test.each<[Statement]>([[claimUngated], [markHandedOut], [clearMarks], [loseMarks]])(
  'a batch is never joined through an index of all that waits, whatever the statistics know of a herd: $name',
  async ({ text }) => {
    const rows = await sql<{ 'QUERY PLAN': string }>(`EXPLAIN (GENERIC_PLAN) ${text}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    const locking = plan.slice(plan.indexOf('CTE locked'), plan.indexOf('CTE changed'));
    expect(locking).toContain(' on runs r');
    expect(locking).not.toMatch(/runs_to_hand_out|runs_handed_out_at|runs_open|runs_of_job|runs_identity/);
  },
);

test.each<[Statement]>([
  [claimUngated],
  [readTurns],
  [lockRunning],
  [readSettlementFacts],
  [settleRuns],
  [endAttempts],
])('a plan that a worker keeps looks up no run but by its id: $name', async ({ text }) => {
  await sql('SET enable_seqscan = off'); // as a store that keeps its plans has it
  const rows = await sql<{ 'QUERY PLAN': string }>(`EXPLAIN (GENERIC_PLAN) ${text}`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  const indexes = plan.match(/(?<=Scan (using|on) )(runs|attempts)_\w+/g) ?? [];
  expect(plan).not.toMatch(/Seq Scan on (runs|attempts)/);
  expect(indexes.filter((name) => !name.endsWith('_pkey'))).toEqual([]);
});
