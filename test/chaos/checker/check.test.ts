import { expect, test } from 'vitest';
import type { RunRow } from '../evidence/evidence.ts';
import { check } from './check.ts';
import { checkJoins } from './check-joins.ts';
import { addAttempt, addEvent, addRun, asked, at, type Fabricated, fabricate, runId } from './fabricate.ts';

/** What the checker says of it: `C1: …`. */
function words(evidence: Fabricated): string[] {
  return check(evidence).violations.map(({ invariant, what }) => `${invariant}: ${what}`);
}

function theRun(evidence: Fabricated, id: string): RunRow {
  const run = evidence.runs.find((each) => each.id === id);
  if (run === undefined) throw new Error(`no run ${id}`);
  return run;
}

function change(evidence: Fabricated, id: string, more: Partial<RunRow>): void {
  evidence.runs[evidence.runs.indexOf(theRun(evidence, id))] = { ...theRun(evidence, id), ...more };
}

/** Of a run that is lost in its first attempt and succeeds in its second, `afterSeconds` later. */
function loseFirst(evidence: Fabricated, id: string, second: number, afterSeconds: number): void {
  evidence.attempts = evidence.attempts.filter((row) => row.runId !== id);
  evidence.marks = evidence.marks.filter((mark) => mark.runId !== id);
  evidence.events = evidence.events.filter(({ entityId }) => entityId !== id);
  change(evidence, id, { attempt: 2, version: 5, settledAt: at(second + afterSeconds + 1) });
  addAttempt(evidence, id, second, { number: 1, outcome: 'lost', exitCode: null });
  addAttempt(evidence, id, second + afterSeconds, {
    number: 2,
    handOut: 1_000,
    endedAt: at(second + afterSeconds + 0.6),
  });
  const types = ['run.queued', 'run.started', 'run.requeued', 'run.started', 'run.succeeded'];
  for (const [index, type] of types.entries())
    addEvent(evidence, id, { version: index + 1, type, dueAt: at(second), at: at(second) });
}

const repeatable = { document: { guarantee: 'at-least-once' } };

test('nothing is said of a campaign in which nothing went wrong', () => {
  expect(words(fabricate({ slug: 'one' }, { slug: 'two', ...repeatable }))).toEqual([]);
});

test('nothing is said of a run that was lost and replayed', () => {
  const evidence = fabricate({ slug: 'one', ...repeatable });
  loseFirst(evidence, runId('one', 20), 20, 2);
  expect(words(evidence)).toEqual([]);
});

test('C1 a tick without a row', () => {
  const evidence = fabricate();
  evidence.runs = evidence.runs.filter(({ id }) => id !== runId('hourglass', 30));
  expect(words(evidence)).toContainEqual(
    expect.stringContaining('C1: a tick without a ledger row: job hourglass'),
  );
});

test('C1 a row for what is no tick', () => {
  const evidence = fabricate();
  addRun(evidence, 'hourglass', 33);
  expect(words(evidence)).toContainEqual(expect.stringContaining('for what is no tick'));
});

test('C1 ticks of an edit fall on one side of it or the other, and none between', () => {
  const edited = () => {
    const evidence = fabricate();
    const [first] = evidence.revisions;
    if (first?.document.schedule === undefined) throw new Error('no schedule');
    const document = { ...first.document, schedule: { ...first.document.schedule, every: '15s' } };
    evidence.revisions = [
      first,
      { jobId: 'hourglass', revision: 2, document, createdAt: at(30.004) },
      { jobId: 'hourglass', revision: 3, document: { ...document, enabled: false }, createdAt: at(61) },
    ];
    evidence.runs = evidence.runs.filter(({ tickAt }) => (tickAt ?? 0) <= at(30));
    addRun(evidence, 'hourglass', 45, { revision: 2 });
    addRun(evidence, 'hourglass', 60, { revision: 2 });
    return evidence;
  };
  expect(check(edited()).violations.filter(({ invariant }) => invariant === 'C1')).toEqual([]);
  const byTheNew = edited();
  change(byTheNew, runId('hourglass', 30), { revision: 2 });
  expect(check(byTheNew).violations.filter(({ invariant }) => invariant === 'C1')).toEqual([]);
  const byNobody = edited();
  byNobody.runs = byNobody.runs.filter(({ id }) => id !== runId('hourglass', 30));
  expect(words(byNobody)).toContainEqual(expect.stringContaining('a tick without a ledger row'));
});

test('C1 an edit explains nothing that was lost before it was asked for', () => {
  const evidence = fabricate();
  evidence.runs = evidence.runs.filter(({ id }) => id !== runId('hourglass', 60));
  expect(words(evidence).filter((line) => line.startsWith('C1'))).toEqual([]);
  evidence.history.push(asked(61.1, { what: 'disable', job: 'hourglass', askedAt: at(60.9) }));
  expect(words(evidence)).toContainEqual(expect.stringContaining('a tick without a ledger row'));
});

test('C1 a range row covers what it counts, and no other row does', () => {
  const evidence = fabricate();
  const range = { tickUntil: at(40), tickCount: 3, state: 'missed', reason: 'catch_up', attempt: 0 };
  evidence.runs = evidence.runs.filter(
    ({ id }) => ![runId('hourglass', 30), runId('hourglass', 40)].includes(id),
  );
  change(evidence, runId('hourglass', 20), range);
  expect(words(evidence).filter((line) => line.startsWith('C1'))).toEqual([]);
  change(evidence, runId('hourglass', 20), { ...range, tickCount: 4 });
  expect(words(evidence)).toContainEqual(expect.stringContaining('counts 4 of 3 ticks'));
  addRun(evidence, 'hourglass', 30);
  expect(words(evidence)).toContainEqual(expect.stringContaining('a tick with 2 ledger rows'));
});

test('C1 an edit whose answer never came does not date back one that is behind the range row of a pause', () => {
  const evidence = fabricate();
  const [first, last] = evidence.revisions;
  if (first === undefined || last === undefined) throw new Error('fabricated jobs have two revisions');
  const faster = {
    ...first.document,
    schedule: { ...first.document.schedule, every: '1s' },
  } as typeof first.document;
  evidence.revisions = [
    first,
    { ...first, revision: 2, document: faster, createdAt: at(45.5) },
    { ...last, revision: 3, createdAt: at(47.5) },
  ];
  evidence.runs = [];
  addRun(evidence, 'hourglass', 10, { tickUntil: at(40), tickCount: 4, state: 'skipped', reason: 'paused' });
  for (const second of [46, 47]) addRun(evidence, 'hourglass', second, { revision: 2 });
  evidence.history.push(asked(31, { what: 'put', job: 'hourglass', status: null, askedAt: at(30) }));
  expect(words(evidence).filter((word) => word.startsWith('C1'))).toEqual([]);
});

test('C1 a run that never came to an end', () => {
  const evidence = fabricate();
  change(evidence, runId('hourglass', 30), { state: 'queued', settledAt: null });
  expect(words(evidence)).toContainEqual(expect.stringContaining('never came to an end: queued'));
});

test('C1 a tick that was given up before it was late', () => {
  const evidence = fabricate();
  const [soon, late] = [runId('hourglass', 20), runId('hourglass', 30)];
  change(evidence, soon, { state: 'missed', reason: 'superseded', attempt: 0, settledAt: at(25) });
  change(evidence, late, { state: 'missed', reason: 'superseded', attempt: 0, settledAt: at(91) });
  const givenUp = words(evidence).filter((line) => line.includes('given up'));
  expect(givenUp).toEqual([expect.stringContaining('a tick given up as superseded after 5000 ms')]);
});

test('C1 a run that a client was told of and that is not there; a key that gave two', () => {
  const evidence = fabricate();
  evidence.history.push(asked(5, { run: 'gone', status: 201 }));
  evidence.history.push(
    asked(6, { run: runId('hourglass', 10), key: 'k' }),
    asked(7, { run: runId('hourglass', 20), key: 'k' }),
  );
  expect(words(evidence)).toEqual([
    'C1: run gone was promised to a client and is not in the ledger',
    'C1: the idempotency key k gave several runs',
  ]);
});

test('C1 a run that was told to be cancelled, and is not', () => {
  const evidence = fabricate();
  evidence.history.push(asked(15, { what: 'cancel', run: 'gone', state: 'cancelled' }));
  expect(words(evidence)).toEqual(['C1: run gone was told to be cancelled, and the ledger says "undefined"']);
});

test('C2 an end that no turn of the load comes to by itself', () => {
  const evidence = fabricate();
  const id = runId('hourglass', 20);
  evidence.attempts = evidence.attempts.map((row) =>
    row.runId === id ? { ...row, outcome: 'signalled' } : row,
  );
  expect(words(evidence)).toContainEqual(expect.stringContaining('is said to have ended as "signalled"'));
});

test('C1 an end that did not fire its child', () => {
  const evidence = fabricate(
    { slug: 'parent' },
    { slug: 'child', document: { schedule: undefined, after: { job: 'parent' } } },
  );
  evidence.runs = evidence.runs.filter(({ jobId }) => jobId !== 'child');
  expect(words(evidence)).toContainEqual(
    expect.stringContaining('ended as succeeded and did not fire child'),
  );
});

test('C2 two accepted results', () => {
  const evidence = fabricate();
  const id = runId('hourglass', 20);
  evidence.marks.push({
    kind: 'settled',
    at: at(21),
    runId: id,
    attempt: 1,
    pid: 101,
    outcome: 'exited',
    answer: 'accepted',
  });
  expect(words(evidence)).toEqual([`C2: 2 results of run ${id} attempt 1 were accepted`]);
});

test('C2 an accepted result that the ledger does not have', () => {
  const evidence = fabricate();
  const id = runId('hourglass', 20);
  evidence.attempts = evidence.attempts.map((row) => (row.runId === id ? { ...row, outcome: 'lost' } : row));
  expect(words(evidence)).toEqual([`C2: run ${id} attempt 1: "exited" was accepted, the ledger has "lost"`]);
});

test('C2 a claim that got its run, and was declined; one that was declined after it had lost it', () => {
  const evidence = fabricate();
  const [row] = evidence.attempts;
  const { runId: id = '', claimToken: token = '' } = row ?? {};
  const declined = { kind: 'declined', runId: id, attempt: 1, token, pid: 100 } as const;
  evidence.marks.push({ ...declined, at: at(10.1) });
  expect(words(evidence)).toEqual([`C2: run ${id} attempt 1: its own claim was declined`]);
  evidence.marks.splice(-1, 1, { ...declined, at: at(11) });
  expect(words(evidence)).toEqual([]);
});

test('C2 a result that was taken, and its worker told that it was not', () => {
  const evidence = fabricate();
  const id = runId('hourglass', 20);
  evidence.marks = evidence.marks.map((mark) =>
    mark.kind === 'settled' && mark.runId === id ? { ...mark, answer: 'stale' } : mark,
  );
  expect(words(evidence)).toEqual([
    `C2: run ${id} attempt 1: the ledger has the result, and told its worker no`,
  ]);
});

test('C2 a run that is skipped after it has started', () => {
  const evidence = fabricate();
  const id = runId('hourglass', 20);
  change(evidence, id, { state: 'skipped', reason: 'overlap' });
  expect(words(evidence)).toContainEqual(`C2: run ${id} is skipped (overlap) after 1 attempts`);
});

test('C2 a result of a worker that was declared dead before', () => {
  const evidence = fabricate();
  evidence.workers = [{ id: 'w1', pid: 100, state: 'dead', endedAt: at(20.2) }];
  expect(words(evidence)).toContainEqual(expect.stringContaining('"exited" of a worker dead for 400 ms'));
});

test('C2 a message of an earlier attempt that starts one; a hand-out that is used twice', () => {
  const evidence = fabricate();
  evidence.marks = evidence.marks.map((mark) =>
    mark.kind === 'claimed' && mark.runId === runId('hourglass', 20)
      ? { ...mark, offered: 3, handOut: 1 }
      : mark,
  );
  expect(words(evidence)).toEqual([
    expect.stringContaining('a message for the attempt after 3 started'),
    expect.stringContaining('hand-out 1 of run'),
  ]);
});

test('C2 an attempt after one that succeeded, and a replay of what must not run again', () => {
  const evidence = fabricate({ slug: 'one', ...repeatable }, { slug: 'two' });
  addAttempt(evidence, runId('one', 20), 22, { number: 2 });
  loseFirst(evidence, runId('two', 20), 20, 2);
  expect(words(evidence)).toEqual(
    expect.arrayContaining([
      expect.stringContaining('has another attempt after 1 ended as "exited 0"'),
      expect.stringContaining('(at-most-once) has another attempt after 1 ended as "lost"'),
    ]),
  );
});

test('C2 an attempt that starts twice', () => {
  const evidence = fabricate();
  const id = runId('hourglass', 20);
  evidence.marks.push({ kind: 'start', place: 'sink', at: at(20.1), runId: id, attempt: 1, pid: 102 });
  expect(words(evidence)).toEqual([`C2: run ${id} attempt 1 started 2 times`]);
});

test('C2 two attempts at work at once', () => {
  const evidence = fabricate({ slug: 'one', ...repeatable });
  const id = runId('one', 20);
  loseFirst(evidence, id, 20, 2);
  evidence.marks.push({ kind: 'work', place: 'sink', at: at(22.3), runId: id, attempt: 1, pid: 102 });
  expect(words(evidence)).toEqual([
    `C2: run ${id}: attempt 1 was at work 290 ms after attempt 2 had started`,
  ]);
});

test.each(['skip', 'queue', 'latest', 'cancel'])(
  'C2 two runs of a %s job at once; those of an allow job may',
  (alone) => {
    const overlapping = (overlap: string) => {
      const evidence = fabricate({ slug: 'one', document: { overlap } });
      const id = runId('one', 20);
      evidence.marks.push({ kind: 'work', place: 'sink', at: at(30.2), runId: id, attempt: 1, pid: 102 });
      return words(evidence);
    };
    expect(overlapping('allow')).toEqual([]);
    expect(overlapping(alone)).toEqual([
      expect.stringContaining('one is not allow: run one@30 started while one@20'),
    ]);
  },
);

test('C2, GA-1 more turns at work than their pool has room for', () => {
  const evidence = fabricate({ slug: 'one', document: { overlap: 'allow' } });
  const inPool = (capacity: number) => {
    evidence.pools = [{ name: 'default', capacity }];
    return words(evidence);
  };
  expect(inPool(1)).toEqual([]);
  evidence.marks.push({
    kind: 'work',
    place: 'sink',
    at: at(30.2),
    runId: runId('one', 20),
    attempt: 1,
    pid: 102,
  });
  expect(inPool(2)).toEqual([]);
  expect(inPool(1)).toEqual([expect.stringContaining('pool default has room for 1: run one@30 made it 2')]);
});

test('C1, AD-4 a run that is given up for being late after it has waited its turn', () => {
  const evidence = fabricate();
  const id = runId('hourglass', 20);
  evidence.attempts = evidence.attempts.filter((row) => row.runId !== id);
  evidence.marks = evidence.marks.filter((mark) => mark.runId !== id);
  evidence.events = evidence.events.filter(({ entityId }) => entityId !== id);
  for (const [index, type] of ['run.queued', 'run.blocked', 'run.missed'].entries())
    addEvent(evidence, id, { version: index + 1, type, dueAt: at(20), at: at(20) });
  change(evidence, id, { state: 'missed', reason: 'superseded', attempt: 0, settledAt: at(90) });
  expect(words(evidence)).toEqual([`C1: run ${id} was given up as superseded after it had waited its turn`]);
});

test('C1 ends of one root that fire their join not at all, twice, or with an end of another root', () => {
  const none = { schedule: undefined };
  const after = { jobs: ['left', 'right'], join: 'all' };
  const withJoins = (...sets: (readonly [number, number])[]) => {
    const evidence = fabricate(
      { slug: 'left' },
      { slug: 'right' },
      { slug: 'both', document: { ...none, after } },
    );
    evidence.runs = evidence.runs.filter(({ jobId }) => jobId !== 'both');
    for (const run of evidence.runs) change(evidence, run.id, { rootId: `root@${run.id.split('@')[1]}` });
    for (const [index, [left, right]] of sets.entries()) {
      const parentIds = [runId('left', left), runId('right', right)];
      const id = addRun(evidence, 'both', 100 + index, {
        cause: 'parent',
        key: `set ${index}`,
        tickAt: null,
      });
      change(evidence, id, { parentIds, parentId: parentIds[0] ?? null });
    }
    return checkJoins(evidence).map(({ what }) => what);
  };
  const sure = [20, 30, 40, 50, 60].map((second) => [second, second] as const);
  expect(withJoins(...sure)).toEqual([]);
  expect(withJoins(...sure.slice(1))).toEqual([
    'all parents of both ended below root@20, and it did not fire',
  ]);
  expect(withJoins(...sure, [20, 20])).toEqual(['a set of ends fired both more than once']);
  expect(withJoins(...sure, [20, 30])).toEqual([
    expect.stringContaining('follows parents that do not belong together'),
  ]);
});

test('C5 a first start after its deadline; a later attempt may', () => {
  const evidence = fabricate();
  const id = runId('hourglass', 20);
  change(evidence, id, { startBy: at(20) + 1 });
  expect(words(evidence)).toEqual([]);
  change(evidence, id, { startBy: at(19) });
  expect(words(evidence)).toEqual([`C5: run ${id} started for the first time after its start deadline`]);
});

test('C2 a success without an effect, and a turn that was handed back as never started', () => {
  const evidence = fabricate();
  const [without, handedBack] = [runId('hourglass', 20), runId('hourglass', 30)];
  evidence.marks = evidence.marks.filter(({ kind, runId }) => kind !== 'effect' || runId !== without);
  evidence.attempts.push({
    runId: handedBack,
    number: 2,
    workerId: 'w1',
    claimToken: 'claim',
    startedAt: at(31),
    endedAt: at(31),
    outcome: 'handed_back',
    exitCode: null,
  });
  evidence.marks.push({ kind: 'start', place: 'sink', at: at(31), runId: handedBack, attempt: 2, pid: 102 });
  expect(words(evidence)).toEqual(
    expect.arrayContaining([
      `C2: run ${without} succeeded with attempt 1, which had no effect`,
      expect.stringContaining('was carried out and handed back as never started'),
    ]),
  );
});

test('C3 an event that nobody heard of, one that came too early, one too many, and a version without one', () => {
  const unheard = fabricate();
  unheard.seen = unheard.seen.filter(({ id }) => id !== `${runId('hourglass', 20)}.2`);
  expect(words(unheard)).toEqual([expect.stringContaining('nobody heard of version 2')]);

  const inverted = fabricate();
  inverted.seen.reverse();
  expect(words(inverted)).toContainEqual(expect.stringContaining('came before an earlier one'));

  const unknown = fabricate();
  unknown.seen.push({ id: 'nobody.1', type: 'run.queued', at: at(1) });
  expect(words(unknown)).toEqual(['C3: the stream brought nobody.1, which the ledger does not have']);

  const untold = fabricate();
  change(untold, runId('hourglass', 20), { version: 4 });
  expect(words(untold)).toEqual([expect.stringContaining('is at version 4 and has events of 1, 2, 3')]);
});

test('C3 an event that the stream has lost after it was heard, and one that was sent again too late', () => {
  const lost = fabricate();
  lost.stream = lost.stream.filter(({ id }) => id !== `${runId('hourglass', 20)}.2`);
  expect(words(lost)).toEqual([expect.stringContaining('the stream has lost version 2 (run.started)')]);
  lost.stream.push(...lost.seen.filter(({ id }) => id === `${runId('hourglass', 20)}.2`));
  expect(words(lost)).toEqual([
    expect.stringContaining('version 3 (run.succeeded) lies in the stream before an earlier one'),
  ]);
});

test('C3 repeats, in whatever order, are nobody’s fault', () => {
  const evidence = fabricate();
  evidence.seen.push(...[...evidence.seen].reverse());
  expect(words(evidence)).toEqual([]);
});

test('C5 a start before it was due', () => {
  const evidence = fabricate();
  const id = runId('hourglass', 20);
  evidence.events = evidence.events.map((row) =>
    row.entityId === id && row.type === 'run.started' ? { ...row, at: at(19.9) } : row,
  );
  expect(words(evidence)).toEqual([`C5: run ${id} attempt 1 started 100 ms before it was due`]);
});

test('C5 a turn that goes on after its cancel was acknowledged', () => {
  const evidence = fabricate();
  const run = runId('hourglass', 20);
  evidence.history.push(asked(20.3, { what: 'cancel', run, state: 'cancelled' }));
  expect(words(evidence)).toContainEqual(expect.stringContaining('after it was told to be cancelled'));
});

test('C5 an attempt that starts after its cancel was requested', () => {
  const evidence = fabricate();
  const id = runId('hourglass', 20);
  change(evidence, id, { cancelRequestedAt: at(20.3) });
  expect(words(evidence)).toEqual([]);
  change(evidence, id, { cancelRequestedAt: at(20) });
  expect(words(evidence)).toEqual([`C5: run ${id} attempt 1 started after its cancel was requested`]);
});

test('C5 a start after the end of the run, and after the end of its job', () => {
  const evidence = fabricate();
  change(evidence, runId('hourglass', 20), { settledAt: at(19) });
  expect(words(evidence)).toEqual([expect.stringContaining('started after the run was settled')]);

  const deleted = fabricate();
  deleted.jobs = [{ id: 'hourglass', slug: 'hourglass', deletedAt: at(55) }];
  deleted.revisions = deleted.revisions.slice(0, 1);
  expect(words(deleted)).toContainEqual(expect.stringContaining('started after its job was deleted'));
});

test('C5 a run of a tick at which its job was paused', () => {
  const evidence = fabricate();
  evidence.history.push(
    asked(15, { what: 'pause', job: 'hourglass' }),
    asked(25, { what: 'resume', job: 'hourglass' }),
  );
  expect(words(evidence)).toEqual([
    expect.stringContaining('run hourglass@20 of hourglass started although'),
  ]);
});

test('C4 lateness and recovery are measured', () => {
  const evidence = fabricate({ slug: 'one', ...repeatable });
  loseFirst(evidence, runId('one', 20), 20, 2);
  evidence.history.push(
    { op: 'spawned', seat: 'worker-1', pid: 100, at: at(0) },
    { op: 'fault', kind: 'worker killed', target: 'worker-1', at: at(20.3) },
  );
  const { measures } = check(evidence);
  expect(measures.latenessMs).toContain(1);
  expect(measures.recoveryMs).toEqual({ 'worker killed': [1_705] });
});
