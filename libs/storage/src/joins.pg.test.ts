import { joinKey, maxChildren, type Outcome } from '@flotilla/domain';
import { expect, test } from 'vitest';
import type { AttemptEnd } from './attempt-end.ts';
import { deleteJob } from './delete-job.ts';
import { isTransient } from './errors.ts';
import { getJob, type JobView } from './job-view.ts';
import { putJob, setJobEnabled } from './jobs.ts';
import { retryRun } from './retry-run.ts';
import { settleAttempts } from './settle.ts';
import {
  aClaim,
  aDocument,
  aJob,
  anEnd,
  atWork,
  aWorker,
  claim,
  eventTypesOf,
  openTestLedger,
  theRun,
  untilWaiting,
} from './test-ledger.ts';
import { readTurns } from './turns.ts';

const ledger = await openTestLedger();
const { store, sql } = ledger;
const good: Outcome = { kind: 'exited', exitCode: 0 };
const bad: Outcome = { kind: 'exited', exitCode: 1 };

const open = (fields: Record<string, unknown> = {}) => aJob(store, { overlap: 'allow', ...fields });
const slugs = (jobs: readonly JobView[]) => jobs.map(({ slug }) => slug);
const settle = (...ends: AttemptEnd[]) => settleAttempts(store, ends);

/** Three jobs, and one that waits for all of them. */
async function threeAndTheirJoin(fields: Record<string, unknown> = {}) {
  const parents = [await open(), await open(), await open()];
  const join = await open({ after: { jobs: slugs(parents), join: 'all', ...fields } });
  return { parents, join };
}

/** Three jobs that one triggers, and one that waits for all of them. */
async function aDiamond(fields: Record<string, unknown> = {}) {
  const root = await open();
  const parents: JobView[] = [];
  while (parents.length < 3) parents.push(await open({ after: { job: root.slug }, ...fields }));
  return { root, parents, join: await open({ after: { jobs: slugs(parents), join: 'all' } }) };
}

interface JoinRow {
  readonly id: string;
  readonly key: string;
  readonly state: string;
  readonly reason: string | null;
  readonly depth: number;
  readonly rootId: string | null;
  readonly parentIds: string[] | null;
}

function runsOf(job: JobView): Promise<JoinRow[]> {
  return sql(
    `SELECT id, key, state, reason, depth, root_id AS "rootId", parent_ids AS "parentIds" FROM runs
     WHERE job_id = $1 ORDER BY created_at, id`,
    [job.jobId],
  );
}

async function waitingFor(job: JobView): Promise<number> {
  const [row] = await sql<{ count: number }>('SELECT count(*) AS count FROM endings WHERE job_id = $1', [
    job.jobId,
  ]);
  return row?.count ?? 0;
}

async function ended(job: JobView, outcome: Outcome = good): Promise<AttemptEnd> {
  const end = (await atWork(store, job))(outcome);
  await settle(end);
  return end;
}

/** Runs a job and all that its end triggers of the others, which are left at work. */
async function triggered(root: JobView, parents: readonly JobView[]): Promise<AttemptEnd[]> {
  const { runId } = await ended(root);
  const workerId = await aWorker(store);
  const rows = await sql<{ id: string; jobId: string }>(
    'SELECT id, job_id AS "jobId" FROM runs WHERE parent_id = $1',
    [runId],
  );
  const ids = parents.flatMap(({ jobId }) => rows.filter((row) => row.jobId === jobId).map(({ id }) => id));
  for (const id of ids) expect(await claim(store, workerId, aClaim(id))).toMatchObject({ kind: 'started' });
  return ids.map((id) => anEnd({ runId: id, attempt: 1, workerId }));
}

test('three parents that have nothing in common: the newest ending of each counts, once', async () => {
  const { parents, join } = await threeAndTheirJoin();
  const [one, two, three] = parents;
  if (one === undefined || two === undefined || three === undefined) throw new Error('three are needed');
  await ended(one);
  const newer = await ended(one);
  const second = await ended(two);
  await ended(three, bad);
  expect(await runsOf(join)).toEqual([]);
  const last = await ended(three);
  const parentIds = [newer, second, last].map(({ runId }) => runId);
  const [run] = await runsOf(join);
  expect(run).toMatchObject({ key: joinKey(parentIds), state: 'queued', depth: 1, rootId: null });
  expect([...(run?.parentIds ?? [])].sort()).toEqual([...parentIds].sort());
  expect(await waitingFor(join)).toBe(0);
  for (const parent of [three, three, one]) await ended(parent);
  expect(await runsOf(join)).toHaveLength(1);
  expect(await waitingFor(join)).toBe(2);
});

test('what one run has triggered is joined again below it, whoever is first', async () => {
  const { root, parents, join } = await aDiamond();
  const [early, late] = [await triggered(root, parents), await triggered(root, parents)];
  const [a1, b1, c1] = early;
  const [a2, b2, c2] = late;
  if (!a1 || !b1 || !c1 || !a2 || !b2 || !c2) throw new Error('each root triggers three');
  for (const end of [a1, b2, c2, b1]) await settle(end);
  expect(await runsOf(join)).toEqual([]);
  await settle(a2);
  await settle(c1);
  const runs = await runsOf(join);
  expect(runs.map(({ key }) => key)).toEqual(
    [late, early].map((ends) => joinKey(ends.map(({ runId }) => runId))),
  );
  expect(runs.every(({ rootId, depth }) => rootId !== null && depth === 2)).toBe(true);
  expect(await waitingFor(join)).toBe(0);
});

test('TX-3 parents that end in one batch fire their join once, as those of many roots do', async () => {
  const { root, parents, join } = await aDiamond();
  const ends = (await Promise.all([1, 2, 3, 4].map(() => triggered(root, parents)))).flat();
  await settle(...ends);
  expect(await runsOf(join)).toHaveLength(4);
  await settle(...ends.map((end) => ({ ...end })));
  expect(await runsOf(join)).toHaveLength(4);
});

test('a parent that is among the ancestors of another is joined with its own descendant', async () => {
  const first = await open();
  const second = await open({ after: { job: first.slug } });
  const join = await open({ after: { jobs: [first.slug, second.slug], join: 'all' } });
  const [ends, others] = [await triggered(first, [second]), await triggered(first, [second])];
  await settle(...others);
  await settle(...ends);
  const runs = await runsOf(join);
  expect(runs.map(({ parentIds }) => parentIds?.includes(ends[0]?.runId ?? ''))).toEqual([false, true]);
  expect(runs.map(({ rootId }) => rootId)).not.toContain(null);
});

test('GA-1 many settles at once: each root fires its join once, and none deadlocks', async () => {
  const { root, parents, join } = await aDiamond();
  const strangers = await open({ after: { jobs: slugs(parents), join: 'all', on: 'complete' } });
  const sets: AttemptEnd[][] = [];
  while (sets.length < 12) sets.push(await triggered(root, parents));
  const stores = [store, ledger.another(), ledger.another(), ledger.another()];
  const shuffled = sets.flatMap((set, index) =>
    set.map((end, place) => ({ end, at: (index * 7 + place * 5) % 11 })),
  );
  shuffled.sort((left, right) => left.at - right.at);
  const batches = Array.from({ length: 9 }, (_, index) => shuffled.slice(index * 4, index * 4 + 4));
  const lost = (ends: AttemptEnd[], index: number) =>
    // SE-1: of each third batch the reply is lost: it is asked again, beside the others.
    index % 3 === 0 ? [ends, ends] : [ends];
  const asked = batches.map((batch) => batch.map(({ end }) => end)).flatMap(lost);
  await Promise.all(asked.map((ends, index) => settleAttempts(stores[index % stores.length] ?? store, ends)));
  const expected = sets.map((ends) => joinKey(ends.map(({ runId }) => runId))).sort();
  for (const job of [join, strangers]) {
    expect((await runsOf(job)).map(({ key }) => key).sort()).toEqual(expected);
    expect(await waitingFor(job)).toBe(0);
  }
});

test('an ending counts only where its end and its output are asked for', async () => {
  const { parents, join } = await threeAndTheirJoin({ on: 'complete', when: { matches: '^do[n]e' } });
  const [one, two, three] = parents;
  if (one === undefined || two === undefined || three === undefined) throw new Error('three are needed');
  await ended(one, bad);
  await ended(two, { kind: 'cancelled' });
  const end = (await atWork(store, three))(good);
  const other = { text: 'not yet done', bytes: 12, truncated: false };
  await settle({ ...end, report: { ...end.report, stdout: other, stderr: other } });
  expect(await waitingFor(join)).toBe(1);
  await ended(two);
  await ended(three);
  expect(await runsOf(join)).toHaveLength(1);
});

test('a run again of a parent that failed counts below the same root', async () => {
  const { root, parents, join } = await aDiamond();
  const [failing, ...others] = await triggered(root, parents);
  if (failing === undefined) throw new Error('a root triggers three');
  await settle({ ...failing, report: { ...failing.report, outcome: bad } }, ...others);
  expect(await runsOf(join)).toEqual([]);
  const retried = await retryRun(store, failing.runId, { actor: 'test' });
  if (retried.kind !== 'created') throw new Error(retried.kind);
  const workerId = await aWorker(store);
  await claim(store, workerId, aClaim(retried.run.id));
  await settle(anEnd({ runId: retried.run.id, attempt: 1, workerId }));
  expect(await runsOf(join)).toMatchObject([
    { key: joinKey([retried.run.id, ...others.map(({ runId }) => runId)]) },
  ]);
});

test('a set of a disabled job is used up, and has its row', async () => {
  const { parents, join } = await threeAndTheirJoin();
  await setJobEnabled(store, join.slug, { enabled: false, actor: 'test' });
  for (const parent of parents) await ended(parent);
  expect(await runsOf(join)).toMatchObject([{ state: 'skipped', reason: 'disabled' }]);
  expect(await waitingFor(join)).toBe(0);
});

test('ED-1 an edit drops what is not waited for any more, and keeps the rest', async () => {
  const { parents, join } = await threeAndTheirJoin();
  const [one, two, three] = parents;
  if (one === undefined || two === undefined || three === undefined) throw new Error('three are needed');
  await ended(one);
  await ended(two);
  const document = (after: Record<string, unknown>) =>
    aDocument({ id: join.slug, overlap: 'allow', after: { join: 'all', ...after } });
  const put = (after: Record<string, unknown>) => putJob(store, { document: document(after), actor: 'test' });
  await put({ jobs: [one.slug, three.slug], delay: '1s' });
  expect(await waitingFor(join)).toBe(1);
  await put({ jobs: [one.slug, three.slug], on: 'complete' });
  expect(await waitingFor(join)).toBe(0);
  await ended(one, bad);
  await ended(three, bad);
  expect(await runsOf(join)).toMatchObject([{ state: 'queued' }]);
});

test('a parent that is deleted and detached leaves the others, and the last one alone', async () => {
  const { parents, join } = await threeAndTheirJoin();
  const [one, two, three] = slugs(parents);
  for (const slug of [one, two]) {
    expect(await deleteJob(store, slug ?? '', { actor: 'test', detach: false })).toMatchObject({
      kind: 'has_children',
      children: [join.slug],
    });
    expect(await deleteJob(store, slug ?? '', { actor: 'test', detach: true })).toEqual({ kind: 'deleted' });
  }
  expect((await getJob(store, join.slug))?.document.after).toEqual({
    job: three,
    on: 'success',
    delay: '0s',
  });
  const [last] = parents.slice(2);
  if (last === undefined) throw new Error('one is left');
  const { runId } = await ended(last);
  expect(await runsOf(join)).toMatchObject([{ key: runId, parentIds: null }]);
});

test('GA-1 a job that an edit makes a join while its parent is settled is asked behind its gate', async () => {
  const [one, two] = [await open(), await open()];
  const child = await open({ after: { jobs: [one.slug, two.slug] } });
  const end = (await atWork(store, one))(good);
  const { settling } = await ledger.another().transaction(async (session) => {
    await session.ask({ name: '', text: 'SELECT id FROM runs WHERE id = $1 FOR UPDATE' }, [end.runId]);
    const waiting = settle(end);
    await untilWaiting(ledger, 1);
    await aJob(store, {
      id: child.slug,
      overlap: 'allow',
      after: { jobs: [one.slug, two.slug], join: 'all' },
    });
    return { settling: waiting };
  });
  expect([...(await settling).values()]).toMatchObject([{ kind: 'settled' }]);
  expect(await runsOf(child)).toEqual([]);
  expect(await waitingFor(child)).toBe(1);
});

/** A busy machine lets locks time out; a deadlock is a mistake in the order of locks. */
async function undeadlocked(asking: Promise<unknown>): Promise<void> {
  await asking.catch((error: unknown) => {
    if (!isTransient(error) || (error as { code?: unknown }).code === '40P01') throw error;
  });
}

test('TX-2 edits, deletions and settles of one graph at once do not deadlock', async () => {
  for (let round = 0; round < 3; round++) {
    const { root, parents, join } = await aDiamond();
    const sets: AttemptEnd[][] = [];
    while (sets.length < 4) sets.push(await triggered(root, parents));
    const rootEnd = (await atWork(store, root))(good);
    const document = (delay: number) =>
      aDocument({ id: join.slug, after: { jobs: slugs(parents), join: 'all', delay: `${delay}s` } });
    const [gone = ''] = slugs(parents);
    await Promise.all(
      [
        ...[...sets, [rootEnd]].map((ends) => settleAttempts(ledger.another(), ends)),
        ...[1, 2].map((delay) => putJob(ledger.another(), { document: document(delay), actor: 'test' })),
        deleteJob(ledger.another(), gone, { actor: 'test', detach: true }),
      ].map(undeadlocked),
    );
    expect(await getJob(store, join.slug)).not.toBeNull();
  }
});

test('several parents of which any counts: each end is one run, known by it', async () => {
  const parents = [await open(), await open()];
  const child = await open({ after: { jobs: slugs(parents), on: 'complete', when: { contains: 'done' } } });
  const ends: AttemptEnd[] = [];
  for (const parent of parents) ends.push(await ended(parent));
  expect((await runsOf(child)).map(({ key }) => key)).toEqual(ends.map(({ runId }) => runId));
});

/** 1,000 children of a job, every tenth of them disabled. */
async function aCrowdAfter(parent: JobView): Promise<void> {
  const { document } = await open();
  await sql(
    `WITH made AS (
       INSERT INTO jobs (id, slug, revision, version, enabled, overlap, pool)
       SELECT gen_random_uuid(), $3 || '-' || n, 1, 0, n % 10 <> 0, 'allow', 'default' FROM generate_series(1, $1) AS n
       RETURNING id
     ), revisions AS (
       INSERT INTO job_revisions (job_id, revision, document, actor) SELECT id, 1, $2, 'test' FROM made
     ), schedules AS (INSERT INTO schedules (job_id, kind) SELECT id, 'none' FROM made)
     INSERT INTO triggers (job_id, parent_id, on_end, delay_ms) SELECT id, $4, 'success', 0 FROM made`,
    [maxChildren, JSON.stringify(document), parent.slug.slice(0, 50), parent.jobId],
  );
}

test('1,000 children of each end: a transaction for each, far within every time-out', async () => {
  const parent = await open();
  await aCrowdAfter(parent);
  const ends = [(await atWork(store, parent))(good), (await atWork(store, parent))(good)];
  let transactions = 0;
  const counting: typeof store = {
    ...store,
    transaction: (use) => {
      transactions += 1;
      return store.transaction(use);
    },
  };
  const before = performance.now();
  await settleAttempts(counting, ends);
  expect(performance.now() - before).toBeLessThan(10_000);
  expect(transactions).toBe(2);
  const rows = await sql<{ state: string; count: number }>(
    'SELECT state, count(*) AS count FROM runs WHERE parent_id = ANY ($1) GROUP BY state ORDER BY state',
    [ends.map(({ runId }) => runId)],
  );
  expect(rows).toEqual([
    { state: 'queued', count: 1_800 },
    { state: 'skipped', count: 200 },
  ]);
  const another = aDocument({ after: { job: parent.slug } });
  expect(await putJob(store, { document: another, actor: 'test' })).toMatchObject({
    kind: 'invalid',
    errors: [
      { path: 'after.job', message: `"${parent.slug}" has 1000 children already: as many as are allowed` },
    ],
  });
});

test('a joined run learns of all its parents, its view and its events name them', async () => {
  const { parents, join } = await threeAndTheirJoin();
  const ends: AttemptEnd[] = [];
  for (const parent of parents) ends.push(await ended(parent));
  const [run] = await runsOf(join);
  if (run === undefined) throw new Error('the set is complete');
  const parentIds = ends.map(({ runId }) => runId);
  const [order] = await readTurns(store, [run.id]);
  expect(order?.context).toMatchObject({
    parents: slugs(parents)
      .toSorted()
      .map((job) => ({ job, state: 'succeeded', exitCode: 0, stdout: 'done\n' })),
  });
  const view = await theRun(store, run.id);
  expect(view).toMatchObject({ parentId: ends[2]?.runId });
  expect([...view.parentIds].sort()).toEqual([...parentIds].sort());
  for (const id of parentIds) {
    expect(await theRun(store, id)).toMatchObject({ children: [{ id: run.id, job: join.slug }] });
  }
  expect(await eventTypesOf(store, run.id)).toEqual(['run.triggered']);
  const [event] = await sql<{ data: { parents: string[] } }>('SELECT data FROM events WHERE entity_id = $1', [
    run.id,
  ]);
  expect(event?.data.parents.toSorted()).toEqual(parentIds.toSorted());
});
