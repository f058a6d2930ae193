import type { RetryResult } from '@flotilla/storage';
import { expect, test } from 'vitest';
import { ledgerOf, openDoor, runId, runOf } from '../testing/door.ts';

const other = '0198c0de-0000-7000-8000-00000000beef';

function doorOf(result: RetryResult) {
  return openDoor(ledgerOf({ runs: { retry: async () => result } }));
}

test.each([
  [{ kind: 'created', run: runOf({ id: other, retryOf: runId }) }, 201, other, runId],
  [{ kind: 'due_now', run: runOf({ attempt: 1 }) }, 200, runId, null],
] as const)('a retry is %o, and work is due', async (result, status, id, retryOf) => {
  const { ask, live } = await doorOf(result);
  const answer = await ask('POST', `/api/v1/runs/${runId}/retry`);
  expect([answer.status, answer.json.id, answer.json.retryOf]).toEqual([status, id, retryOf]);
  expect(live.told).toEqual(['hint hand-out']);
});

test('a key is handed on, and a repeated one makes nothing due', async () => {
  const asked: unknown[] = [];
  const retry = async (_id: string, options: unknown): Promise<RetryResult> => {
    asked.push(options);
    return { kind: 'repeated', run: runOf({ id: other, retryOf: runId }) };
  };
  const { ask, live } = await openDoor(ledgerOf({ runs: { retry } }));
  const headers = { 'idempotency-key': 'once' };
  const answer = await ask('POST', `/api/v1/runs/${runId}/retry`, { headers });
  expect([answer.status, answer.json.id, live.told]).toEqual([200, other, []]);
  expect(asked).toEqual([{ key: 'once', actor: 'tester' }]);
});

test.each([
  [{ kind: 'not_retryable', run: runOf({ state: 'running' }) }, 409, 'run_not_retryable', 'is running'],
  [{ kind: 'job_deleted' }, 409, 'job_deleted', 'was deleted'],
  [{ kind: 'not_found' }, 404, 'run_not_found', 'there is no run'],
] as const)('%o is refused', async (result, status, code, words) => {
  const { ask, live } = await doorOf(result);
  const answer = await ask('POST', `/api/v1/runs/${runId}/retry`);
  expect([answer.status, answer.json.code]).toEqual([status, code]);
  expect(answer.json.detail).toContain(words);
  expect(live.told).toEqual([]);
});

test('what is no id of a run is not asked for', async () => {
  const { ask } = await doorOf({ kind: 'job_deleted' });
  expect((await ask('POST', '/api/v1/runs/nightly/retry')).json.code).toBe('run_not_found');
});
