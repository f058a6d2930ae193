import { expect, test } from 'vitest';
import { readReport, renderReport, withSummary } from './render-report.ts';
import type { Summary } from './summary.ts';

const summary = (seed: number, more: Partial<Summary> = {}): Summary => ({
  seed,
  minutes: 10,
  machine: '2 × a CPU',
  faults: { 'worker killed': 3 },
  runs: 100,
  started: 90,
  sinkRuns: 10,
  attempts: 95,
  events: 300,
  requests: 20,
  deserters: {},
  violations: { C1: 0, C2: 0, C3: 0, C4: 0, C5: 0 },
  examples: [],
  lateness: { count: 90, p50: 5, p99: 20, max: 40 },
  recovery: { 'worker killed': { count: 3, p50: 900, p99: 1_500, max: 1_500 } },
  ...more,
});

test('a report tells of each campaign, and its totals of all of them', () => {
  const text = renderReport([summary(1), summary(2, { runs: 50, faults: { 'redis flushed': 4 } })]);
  expect(text).toContain('| 1, 2 | 20 | 7 | 150 | 180 | 20 | 600 | 0 |');
  expect(text).toContain('| worker killed | 3 | 0 |');
  expect(text).toContain('| worker killed → next attempt | 3 | 900 | 1500 | 1500 |');
});

test('a campaign is added to what a report has; one with its seed is replaced', () => {
  const before = readReport(renderReport([summary(1), summary(2)]));
  expect(before).toEqual([summary(1), summary(2)]);
  expect(withSummary(before, summary(1, { runs: 7 }))).toEqual([summary(2), summary(1, { runs: 7 })]);
});
