import { afterEach, expect, test } from 'vitest';
import { runBody, runDetailBody } from '../testing/bodies.ts';
import { type FakeApi, startFakeApi } from '../testing/fake-api.ts';
import { ApiClient } from './api-client.ts';
import { watchRun } from './watch-run.ts';

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.close();
});

test('a run is seen to its end also while no event comes', async () => {
  const states: string[] = [];
  api = await startFakeApi(({ line }) => {
    if (line.startsWith('GET /api/v1/events'))
      return { raw: (response) => response.writeHead(200).write(': \n\n') };
    return {
      body: states.length === 0 ? runDetailBody({ state: 'running', settledAt: null }) : runDetailBody(),
    };
  });
  const client = new ApiClient({ url: `${api.url}/`, token: 'secret', source: 'FLOTILLA_URL' });
  const run = await watchRun(client, runBody().id, {
    onState: ({ state }) => states.push(state),
    onEvent: () => undefined,
    onBreak: () => states.push('broken'),
    lookMs: 1,
  });
  expect([run.state, states]).toEqual(['succeeded', ['running']]);
});
