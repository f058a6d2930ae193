import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { catalogue } from './catalogue.ts';
import { eventsRules } from './events/rules.ts';
import { livenessRules } from './liveness/rules.ts';
import { tableRow } from './run.ts';

const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');

/** Runs that hold and are small; the rest is for `npm run models`. */
const quickHolding = ['liveness/no-fault', 'liveness/both-killed', 'events/no-fault', 'events/rewind'];
const quick = catalogue.filter(({ name, expects }) => expects.length > 0 || quickHolding.includes(name));

test.each(quick)('$name ends as expected, and as README says', (run) => {
  const exploration = run.explore();
  const found = exploration.violations.map(({ check }) => check);
  expect(found.toSorted()).toEqual([...run.expects].sort());
  expect(readme).toContain(tableRow(run, exploration));
});

test.each(catalogue)('$name stands in the table of README with its result', (run) => {
  const row = readme.split('\n').find((line) => line.startsWith(`| ${run.name} `)) ?? '';
  const found = row.split('|').at(-2)?.trim().split(', ').sort();
  expect(found).toEqual(run.expects.length === 0 ? ['none'] : [...run.expects].sort());
});

test.each([...Object.keys(livenessRules), ...Object.keys(eventsRules)])(
  '%s has a run in which it alone is switched off',
  (rule) => {
    expect(catalogue.some(({ off }) => off.length === 1 && off[0] === rule)).toBe(true);
  },
);

test('no two runs share a name', () => {
  expect(new Set(catalogue.map(({ name }) => name)).size).toBe(catalogue.length);
});
