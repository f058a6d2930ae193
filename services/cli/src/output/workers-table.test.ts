import pc from 'picocolors';
import { expect, test } from 'vitest';
import type { WorkerBody } from '../client/bodies.ts';
import { testNow } from '../testing/call-flotilla.ts';
import { displayWidth } from './display-width.ts';
import { workersTable } from './workers-table.ts';

const ago = (ms: number) => new Date(testNow - ms).toISOString();

function workerBody(known: Partial<WorkerBody> = {}): WorkerBody {
  return {
    id: '01920000-0000-7000-8000-0000deadbeef',
    host: 'ant',
    pid: 4_711,
    state: 'alive',
    pools: ['default'],
    slots: 20,
    inHand: 3,
    beatAt: ago(1_000),
    endedAt: null,
    endedWhy: null,
    death: null,
    skewMs: 12,
    version: '0.1.0',
    ...known,
  };
}

const dead = (death: 'evidence' | 'silence', endedWhy: string) =>
  workerBody({ state: 'dead', death, endedAt: ago(12_000), endedWhy });

const workers = [
  workerBody(),
  workerBody({ state: 'draining' }),
  workerBody({ state: 'left', endedAt: ago(5_000), endedWhy: 'stopped' }),
  dead('evidence', 'its guard saw its end'),
  dead('silence', 'no beat for 30.0 s, counted by scheduler bee 12'),
];

function tableAt(columns: number, rows = workers): string[] {
  return workersTable(rows, { colours: pc.createColors(false), columns, zone: 'UTC', now: testNow });
}

test('a worker is alive, draining, left, dead by evidence or by silence, and of the dead one hears who said so', () => {
  expect(tableAt(100)).toEqual([
    'WORKER    STATE             BUSY     HOST   PID  BEAT       POOLS    VERSION',
    'deadbeef  alive             3 of 20  ant   4711  1.0 s ago  default  0.1.0',
    'deadbeef  draining          3 of 20  ant   4711  1.0 s ago  default  0.1.0',
    'deadbeef  left              3 of 20  ant   4711  1.0 s ago  default  0.1.0',
    'deadbeef  dead by evidence  3 of 20  ant   4711  1.0 s ago  default  0.1.0',
    'deadbeef  dead by silence   3 of 20  ant   4711  1.0 s ago  default  0.1.0',
    '',
    'deadbeef died 12 s ago: its guard saw its end',
    'deadbeef died 12 s ago: no beat for 30.0 s, counted by scheduler bee 12',
  ]);
});

test('CK-2 a clock is reported from a quarter of a second on', () => {
  const clocks = [249, 250, -4_000].map((skewMs) => workerBody({ skewMs }));
  const [title = '', ...lines] = tableAt(100, clocks);
  const column = title.indexOf('CLOCK');
  expect(lines.map((line) => line.slice(column, column + 12).trim())).toEqual([
    '',
    '0.3 s ahead',
    '4.0 s behind',
  ]);
});

test.each([60, 80, 120])('at %i columns no line of the table is wider', (columns) => {
  for (const line of tableAt(columns, [...workers.slice(0, 3), workerBody({ skewMs: 9_000 })])) {
    expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  }
});
