import pc from 'picocolors';
import { expect, test } from 'vitest';
import { runBody } from '../testing/bodies.ts';
import { testNow } from '../testing/call-flotilla.ts';
import { displayWidth } from './display-width.ts';
import { runsTable } from './runs-table.ts';

const items = [
  runBody(),
  runBody({
    job: 'a-job-with-a-name-that-is-longer-than-most-others-are',
    state: 'interrupted',
    reason: 'worker_lost',
  }),
  runBody({ state: 'failed', reason: 'exit_code', attempt: 3, failures: 3 }),
  runBody({ state: 'missed', reason: 'catch_up', tickCount: 1_234, startedAt: null, attempt: 0 }),
];

function tableAt(columns: number): string[] {
  const style = { colours: pc.createColors(false), columns, zone: 'UTC', now: testNow };
  return runsTable({ items, next: null }, style);
}

test.each([60, 80, 120])('at %i columns no line is wider', (columns) => {
  for (const line of tableAt(columns)) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
});

test('at 120 columns all is there', () => {
  expect(tableAt(120)).toEqual([
    'RUN       JOB                                        STATE                     DUE                   TOOK  TRY  CAUSE',
    'deadbeef  nightly-report                             succeeded                 2026-11-21 09:41:00  0.4 s    1  schedule',
    'deadbeef  a-job-with-a-name-that-is-longer-than-mo…  interrupted: worker_lost  2026-11-21 09:41:00  0.4 s    1  schedule',
    'deadbeef  nightly-report                             failed: exit_code         2026-11-21 09:41:00  0.4 s    3  schedule',
    'deadbeef  nightly-report                             missed: catch_up × 1234   2026-11-21 09:41:00              schedule',
  ]);
});

test('at 80 columns names are cut and columns go before a reason is cut', () => {
  const [title, , long] = tableAt(80);
  expect(title).toMatch(/^RUN +JOB +STATE +DUE +TOOK$/);
  expect(long).toMatch(/^deadbeef {2}a-job-with-a-\S*… {2}interrupted: worker_lost {2}/);
});

test('at 60 columns run, job, state and due stay', () => {
  expect(tableAt(60)[0]).toMatch(/^RUN +JOB +STATE +DUE$/);
});
