import { fc, test as property } from '@fast-check/vitest';
import { parentsOf, parseJob } from '@flotilla/domain';
import { expect, test } from 'vitest';
import type { FileJob } from './check-jobs.ts';
import { orderJobs } from './order-jobs.ts';

function fileJob(id: string, ...parents: string[]): FileJob {
  const [job, ...others] = parents;
  const after = others.length === 0 ? { job } : { jobs: parents };
  const parsed = parseJob({ id, turn: { shell: 'true' }, ...(job === undefined ? {} : { after }) });
  if (!parsed.ok) throw new Error(`bad id ${id}`);
  return { file: 'jobs.toml', document: parsed.document };
}

const ids = (jobs: readonly FileJob[]) => jobs.map(({ document }) => document.id);

test('parents come before children, the rest stays in its order', () => {
  const jobs = [
    fileJob('z'),
    fileJob('grandchild', 'child'),
    fileJob('child', 'parent'),
    fileJob('a'),
    fileJob('parent'),
  ];
  expect(ids(orderJobs(jobs))).toEqual(['z', 'parent', 'child', 'grandchild', 'a']);
});

test('of several parents each comes before the child', () => {
  const jobs = [fileJob('join', 'b', 'c'), fileJob('c', 'a'), fileJob('b', 'a'), fileJob('a')];
  expect(ids(orderJobs(jobs))).toEqual(['a', 'b', 'c', 'join']);
});

test('a parent that is in no file is the server’s to know', () => {
  expect(ids(orderJobs([fileJob('child', 'elsewhere')]))).toEqual(['child']);
});

test('a circle is told as one', () => {
  const jobs = [fileJob('out', 'a'), fileJob('a', 'b'), fileJob('b', 'c'), fileJob('c', 'a')];
  expect(() => orderJobs(jobs)).toThrow(
    'jobs.toml: jobs wait for each other in a circle: a → b → c → a: remove one "after"',
  );
});

/** Job n may wait for any jobs with smaller numbers, so that there is no circle. */
const graphs = fc
  .array(fc.uniqueArray(fc.nat(20), { maxLength: 3 }), { minLength: 1, maxLength: 20 })
  .map((parents) =>
    parents.map((numbers, n) =>
      fileJob(`j${n}`, ...new Set(n === 0 ? [] : numbers.map((number) => `j${number % n}`))),
    ),
  )
  .chain((jobs) => fc.shuffledSubarray(jobs, { minLength: jobs.length }));

property.prop([graphs])('whatever their order, no job comes before its parents and none is lost', (jobs) => {
  const ordered = orderJobs(jobs);
  const order = ids(ordered);
  expect([...order].sort()).toEqual(ids(jobs).sort());
  for (const { document } of ordered) {
    for (const parent of parentsOf(document.after ?? {})) {
      expect(order.indexOf(parent)).toBeLessThan(order.indexOf(document.id));
    }
  }
});
