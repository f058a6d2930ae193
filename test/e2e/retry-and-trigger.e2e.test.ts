import { join } from 'node:path';
import { expect } from 'vitest';
import { leaveLine, shellJob } from '../support/builders.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ workers: 2 });

const retry = { attempts: 3, delay: '200ms' };

test('a run that fails twice and then succeeds is one run, and its success fires its child once', async ({
  fleet: { api },
}) => {
  const fails = 'echo "try $FLOTILLA_ATTEMPT"; [ "$FLOTILLA_ATTEMPT" -ge 3 ] || exit 7';
  await api.putJob('flaky', shellJob(fails, { retry }));
  await api.putJob('on-success', shellJob('true', { after: { job: 'flaky', on: 'success' } }));
  await api.putJob('on-failure', shellJob('true', { after: { job: 'flaky', on: 'failure' } }));

  const run = await api.settled(await api.startRun('flaky'));

  expect(run).toMatchObject({ state: 'succeeded', reason: null, attempt: 3, failures: 2, losses: 0 });
  expect(run.attempts.map(({ number, exitCode, stdout }) => [number, exitCode, stdout])).toEqual([
    [1, 7, 'try 1\n'],
    [2, 7, 'try 2\n'],
    [3, 0, 'try 3\n'],
  ]);
  expect(run.children.map(({ job }) => job)).toEqual(['on-success']);
});

test('exhausted retries fire the failure child once, which sees what its parent left', async ({
  fleet: { api, dir },
}) => {
  const starts = join(dir, 'rescues');
  const doomed = 'echo "to stdout"; echo "to stderr" >&2; exit 9';
  const rescue = `${leaveLine(starts)}; cat "$FLOTILLA_CONTEXT"; printf '\\n%s' "$FLOTILLA_PARENT_RUN_ID" "$FLOTILLA_CAUSE"`;
  await api.putJob('doomed', shellJob(doomed, { retry }));
  await api.putJob('rescue', shellJob(rescue, { after: { job: 'doomed', on: 'failure' } }));
  await api.putJob('always', shellJob('true', { after: { job: 'rescue', on: 'complete', delay: '500ms' } }));

  const run = await api.settled(await api.startRun('doomed'));

  expect(run).toMatchObject({ state: 'failed', reason: 'exit_code', attempt: 3, failures: 3 });
  expect(run.children).toHaveLength(1);
  const child = await api.settled(run.children[0]?.id ?? '');
  expect(child).toMatchObject({ job: 'rescue', cause: 'parent', key: run.id, parent: run.id });
  const [context = '', parentRunId, cause] = child.attempts[0]?.stdout.split('\n') ?? [];
  expect([parentRunId, cause]).toEqual([run.id, 'parent']);
  expect(JSON.parse(context)).toMatchObject({
    parent: {
      run: run.id,
      job: 'doomed',
      state: 'failed',
      reason: 'exit_code',
      stdout: 'to stdout\n',
      stderr: 'to stderr\n',
    },
  });
  const grandchild = await api.settled(child.children[0]?.id ?? '');
  expect(grandchild).toMatchObject({ job: 'always', parent: child.id, state: 'succeeded' });
  expect(Date.parse(grandchild.startedAt ?? '') - Date.parse(child.settledAt ?? '')).toBeGreaterThanOrEqual(
    500,
  );
  expect(await api.runsOf('rescue')).toHaveLength(1);
});

test('a disabled child gets a skipped row, and a cancelled parent fires nothing', async ({
  fleet: { api },
}) => {
  await api.putJob('parent', shellJob('true'));
  await api.putJob('off', shellJob('true', { after: { job: 'parent', on: 'complete' }, enabled: false }));

  const run = await api.settled(await api.startRun('parent'));
  expect(run.children).toMatchObject([{ job: 'off', state: 'skipped' }]);
  expect(await api.run(run.children[0]?.id ?? '')).toMatchObject({ reason: 'disabled', attempts: [] });

  await api.putJob('parent', shellJob('exec sleep 300'));
  const second = await api.startRun('parent');
  await api.started(second);
  await api.post(`/runs/${second}/cancel`);
  expect(await api.settled(second)).toMatchObject({ state: 'cancelled', children: [] });
  await waitFor('only one child ever', async () => (await api.runsOf('off')).length === 1);
});
