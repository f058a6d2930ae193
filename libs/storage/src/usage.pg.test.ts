import type { Outcome, Usage } from '@flotilla/domain';
import { expect, test } from 'vitest';
import { settleAttempts } from './settle.ts';
import { aJob, atWork, openTestLedger, theRun } from './test-ledger.ts';

const { store, sql } = await openTestLedger();

async function settled(outcome: Outcome, usage?: Usage, document = {}) {
  const end = (await atWork(store, await aJob(store, document)))(outcome);
  await settleAttempts(store, [
    { ...end, report: { ...end.report, ...(usage === undefined ? {} : { usage }) } },
  ]);
  return theRun(store, end.runId);
}

test.each([
  [{ kind: 'answered' }, 'succeeded', null, null],
  [{ kind: 'idle', message: 'silence' }, 'timed_out', 'idle', 'silence'],
  [{ kind: 'gateway', message: 'it is away' }, 'failed', 'gateway', 'it is away'],
  [{ kind: 'output_limit', message: 'too long' }, 'failed', 'output_limit', 'too long'],
  [{ kind: 'output_limit' }, 'failed', 'output_limit', null],
] as const)('an attempt of an agent may end as %j', async (outcome, state, reason, message) => {
  expect(await settled(outcome)).toMatchObject({
    state,
    reason,
    attempts: [{ outcome: outcome.kind, message, usage: null }],
  });
});

test('what an answer cost is kept with its attempt, as far as it is known', async () => {
  const usage = { model: 'large', inputTokens: 12, outputTokens: 3_000_000_000, cost: 0.00125 };
  expect((await settled({ kind: 'answered' }, usage)).attempts).toMatchObject([{ usage }]);
  const unknown = { model: 'a\0b', inputTokens: null, outputTokens: 0, cost: null };
  expect((await settled({ kind: 'answered' }, unknown)).attempts).toMatchObject([
    { usage: { ...unknown, model: 'a\ufffdb' } },
  ]);
});

test('a gateway that wants to be left alone is not asked before', async () => {
  const document = { retry: { attempts: 2, delay: '1s', max: '1s' } };
  const outcome = { kind: 'gateway', message: 'it is busy', retryAfterMs: 90_000 } as const;
  const { id, state } = await settled(outcome, undefined, document);
  expect(state).toBe('queued');
  const [row] = await sql<{ pauseMs: number }>(
    `SELECT 1000 * extract(epoch FROM r.due_at - a.ended_at)::float8 AS "pauseMs"
     FROM runs r JOIN attempts a ON a.run_id = r.id WHERE r.id = '${id}'`,
  );
  expect(row?.pauseMs).toBeGreaterThan(89_000);
});
