import { expect, test } from 'vitest';
import { ledgerOf, openDoor, runId, runOf } from '../testing/door.ts';

const workerId = '0198c0de-0000-7000-8000-0000000000ff';
const running = runOf({ state: 'running', workerId });
const cancelled = runOf({ state: 'cancelled', reason: 'requested' });

test('CN-1 a cancel of a running run is 202, and its worker is told', async () => {
  const request = async () => ({ kind: 'requested', run: running }) as const;
  const { ask, live } = await openDoor(ledgerOf({ runs: { request } }));
  const answer = await ask('POST', `/api/v1/runs/${runId}/cancel`);
  expect([answer.status, answer.json.state]).toEqual([202, 'running']);
  expect(live.told).toEqual([`cancel ${runId}`]);
});

test('who waits gets 200 once the run is settled', async () => {
  const looks = [running, running, cancelled];
  const request = async () => ({ kind: 'requested', run: running }) as const;
  const get = async () => looks.shift() ?? cancelled;
  const { ask } = await openDoor(ledgerOf({ runs: { request, get } }));
  const answer = await ask('POST', `/api/v1/runs/${runId}/cancel?wait=30s`);
  expect([answer.status, answer.json.state]).toEqual([200, 'cancelled']);
  expect(looks).toEqual([]);
});

test('a run that is not settled in time is 202', async () => {
  const request = async () => ({ kind: 'requested', run: running }) as const;
  const { ask } = await openDoor(ledgerOf({ runs: { request, get: async () => running } }));
  expect((await ask('POST', `/api/v1/runs/${runId}/cancel?wait=1ms`)).status).toBe(202);
});

test('a run that was waiting is settled at once, and no worker is told', async () => {
  const request = async () => ({ kind: 'settled', run: cancelled }) as const;
  const { ask, live } = await openDoor(ledgerOf({ runs: { request } }));
  expect((await ask('POST', `/api/v1/runs/${runId}/cancel?wait=30s`)).status).toBe(200);
  expect((await ask('POST', `/api/v1/runs/${runId}/cancel`)).status).toBe(202);
  expect(live.told).toEqual([]);
});

test('a stop of the server ends the wait', async () => {
  let looked: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => {
    looked = resolve;
  });
  const request = async () => ({ kind: 'requested', run: running }) as const;
  const get = async () => {
    looked();
    return running;
  };
  const { app, ask } = await openDoor(ledgerOf({ runs: { request, get } }));
  const answer = ask('POST', `/api/v1/runs/${runId}/cancel?wait=5m`);
  await waiting;
  await app.close();
  expect((await answer).status).toBe(202);
});

test.each(['6m', 'soon', '-1s'])('?wait=%s is refused', async (wait) => {
  const { ask } = await openDoor();
  expect((await ask('POST', `/api/v1/runs/${runId}/cancel?wait=${wait}`)).json.code).toBe('invalid_request');
});
