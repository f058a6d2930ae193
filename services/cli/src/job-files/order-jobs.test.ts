import { fc, test as property } from '@fast-check/vitest';
import { parseJob } from '@flotilla/domain';
import { expect, test } from 'vitest';
import type { FileJob } from './check-jobs.ts';
import { orderJobs } from './order-jobs.ts';

function fileJob(id: string, parent?: string): FileJob {
  const parsed = parseJob({
    id,
    turn: { shell: 'true' },
    ...(parent === undefined ? {} : { after: { job: parent } }),
  });
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

test('a parent that is in no file is the server’s to know', () => {
  expect(ids(orderJobs([fileJob('child', 'elsewhere')]))).toEqual(['child']);
});

test('a circle is told as one', () => {
  const jobs = [fileJob('out', 'a'), fileJob('a', 'b'), fileJob('b', 'c'), fileJob('c', 'a')];
  expect(() => orderJobs(jobs)).toThrow(
    'jobs.toml: jobs wait for each other in a circle: a → b → c → a: remove one "after"',
  );
});

/** Job n may wait for any job with a smaller number, so that there is no circle. */
const forests = fc
  .array(fc.option(fc.nat(20), { nil: undefined }), { minLength: 1, maxLength: 20 })
  .map((parents) =>
    parents.map((parent, n) =>
      fileJob(`j${n}`, parent === undefined || n === 0 ? undefined : `j${parent % n}`),
    ),
  )
  .chain((jobs) => fc.shuffledSubarray(jobs, { minLength: jobs.length }));

property.prop([forests])('whatever their order, no job comes before its parent and none is lost', (jobs) => {
  const ordered = orderJobs(jobs);
  const order = ids(ordered);
  expect([...order].sort()).toEqual(ids(jobs).sort());
  for (const { document } of ordered) {
    if (document.after !== undefined)
      expect(order.indexOf(document.after.job)).toBeLessThan(order.indexOf(document.id));
  }
});
