import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Usage } from '@flotilla/domain';
import { serveEchoGateway } from '@flotilla/embedded';
import { afterAll, expect } from 'vitest';
import { fleetTest } from '../support/fleet-test.ts';
import { workerOf } from '../support/turn-witness.ts';
import { waitFor } from '../support/wait-for.ts';

const gateway = await serveEchoGateway();
afterAll(gateway.stop);

const test = fleetTest({ workers: 0 }).extend('askers', { scope: 'file' }, async ({ fleet }) => {
  const tokenFile = join(fleet.dir, 'agent-token');
  await writeFile(tokenFile, 'hush\n', { mode: 0o600 });
  const settings = {
    FLOTILLA_AGENT_URL: gateway.url,
    FLOTILLA_AGENT_TOKEN_FILE: tokenFile,
    FLOTILLA_AGENT_MODEL: 'echo',
  };
  await Promise.all([fleet.addWorker(settings), fleet.addWorker(settings)]);
  return settings;
});
function agentJob(turn: object = {}, more: object = {}) {
  return { overlap: 'allow', ...more, turn: { agent: 'researcher', prompt: 'Say hello', ...turn } };
}

test('an answer is the output of its run, and what it cost is told', async ({ fleet, askers: _ }) => {
  const { api } = fleet;
  await api.putJob('ask', agentJob());
  const settled = await api.settled(await api.startRun('ask'));
  const [attempt] = settled.attempts as readonly ((typeof settled.attempts)[number] & {
    usage: Usage | null;
  })[];
  expect(settled).toMatchObject({ state: 'succeeded', reason: null });
  expect(attempt).toMatchObject({
    outcome: 'answered',
    usage: { model: 'echo', inputTokens: 2, outputTokens: expect.any(Number), cost: 0 },
  });
  expect(attempt?.stdout).toMatch(/a demo[\s\S]*Say hello/);
  const shown = await fleet.flotilla('runs', 'show', settled.id);
  expect(shown.stdout).toMatch(/\nusage +echo: 2 tokens in, \d+ out, cost 0\n/);
  expect((await fleet.flotilla('runs', 'logs', settled.id)).stdout).toBe(attempt?.stdout);
});

test('a child is asked with what its parent wrote', async ({ fleet, askers: _ }) => {
  const { api } = fleet;
  await api.putJob('report', { turn: { shell: 'echo "ERROR 7 of the report"; exit 1' } });
  await api.putJob('explain', agentJob({}, { after: { job: 'report', on: 'failure' } }));
  const parent = await api.settled(await api.startRun('report'));
  const child = await waitFor('a child', async () => (await api.run(parent.id)).children[0]);
  const { attempts } = await api.settled(child.id);
  expect(attempts[0]?.stdout).toContain('ERROR 7 of the report');
});

test('whatever a gateway does ends the attempt by its name, and no worker', async ({ fleet, askers: _ }) => {
  const { api } = fleet;
  const ends = {
    'echo:flood': ['failed', 'output_limit'],
    'echo:endless-line': ['failed', 'output_limit'],
    'echo:length': ['failed', 'output_limit'],
    'echo:cut': ['failed', 'gateway'],
    'echo:nonsense': ['failed', 'gateway'],
    'echo:empty': ['failed', 'gateway'],
    'echo:429': ['failed', 'gateway'],
    'echo:503': ['failed', 'gateway'],
    'echo:silent': ['timed_out', 'idle'],
    'echo:401': ['failed', 'misconfigured'],
    unknown: ['failed', 'misconfigured'],
  } as const;
  const workers = (await api.workers()).map(({ id }) => id);
  const seen = await Promise.all(
    Object.keys(ends).map(async (model) => {
      const id = `by-${model.replace(':', '-')}`;
      await api.putJob(id, agentJob({ model, idleTimeout: model === 'echo:silent' ? '1s' : '1m' }));
      const { state, reason } = await api.settled(await api.startRun(id));
      return [model, [state, reason]] as const;
    }),
  );
  expect(Object.fromEntries(seen)).toEqual(ends);
  expect((await api.workers()).filter(({ state }) => state === 'alive').map(({ id }) => id)).toEqual(workers);
});

test('a busy gateway is asked again when it wants to be, and a fallback at once', async ({
  fleet,
  askers: _,
}) => {
  const { api } = fleet;
  await api.putJob('busy', agentJob({ model: 'echo:429' }, { retry: { attempts: 2, delay: '0s' } }));
  await api.putJob('falls-back', agentJob({ model: 'echo:429', fallback: ['echo:cut', 'echo'] }));
  const [busy, fallen] = await Promise.all(
    ['busy', 'falls-back'].map(async (id) => api.settled(await api.startRun(id))),
  );
  expect(busy).toMatchObject({ state: 'failed', reason: 'gateway', attempt: 2 });
  const [pause] = await fleet.ask<{ ms: number }>(
    `SELECT 1000 * extract(epoch FROM b.started_at - a.ended_at)::float8 AS ms FROM attempts a JOIN attempts b USING (run_id)
     WHERE a.run_id = $1 AND a.number = 1 AND b.number = 2`,
    busy?.id,
  );
  expect(pause?.ms).toBeGreaterThan(1_900); // an attempt's end is written a moment after it is decided
  expect(fallen).toMatchObject({ state: 'succeeded', attempt: 1 });
  expect(fallen?.attempts[0]?.stderr).toMatch(/^echo:429: .* asking echo:cut\necho:cut: .* asking echo\n$/);
});

test('CN-1 a cancel ends the call', async ({ fleet, askers: _ }) => {
  const { api } = fleet;
  await api.putJob('cancelled', agentJob({ model: 'echo:silent' }));
  const run = await api.startRun('cancelled');
  await api.started(run);
  await fleet.flotilla('runs', 'cancel', run);
  expect(await api.settled(run)).toMatchObject({ state: 'cancelled', reason: 'requested' });
});

test('GD-5 kill -9 of the worker that asks: the run is asked again elsewhere', async ({
  fleet,
  askers: _,
}) => {
  const { api } = fleet;
  await api.putJob('slow', agentJob({ model: 'echo:slow' }, { guarantee: 'at-least-once' }));
  const run = await api.startRun('slow');
  await waitFor('the first words', async () => (await api.log(run)).includes('This is'));
  await (await workerOf(fleet, run)).kill('SIGKILL');
  const settled = await api.settled(run);
  expect(settled).toMatchObject({ state: 'succeeded', attempt: 2, losses: 1, failures: 0 });
  expect(settled.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'answered']);
});
