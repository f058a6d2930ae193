import type { Judged, Session, Store } from '@flotilla/storage';
import {
  aClaim,
  aJob,
  aRun,
  aWorker,
  beat,
  claim,
  openTestLedger,
  theRun,
} from '@flotilla/storage/test-ledger';
import { beforeEach, expect, test } from 'vitest';
import type { HeldLane, Lane } from './lane.ts';
import { createRecovery, silenceMs } from './recover-lost-runs.ts';

const ledger = await openTestLedger();
const ask = { name: '', text: 'SELECT pg_backend_pid() AS pid' };
const { store, sql } = ledger;

/** Judges look at every worker: each test begins with nobody at work. */
beforeEach(async () => {
  await sql("UPDATE workers SET state = 'left', ended_at = clock_timestamp() WHERE ended_at IS NULL");
});

/** A store whose statements a test may come before, or after. */
function spied(
  inner: Store,
  spy: { before?: (name: string) => unknown; after?: (name: string) => unknown },
): Store {
  const listening = (session: Session): Session => ({
    async ask(statement, values) {
      await spy.before?.(statement.name);
      const rows = await session.ask(statement, values);
      await spy.after?.(statement.name);
      return rows as never[];
    },
  });
  return {
    ...inner,
    ...listening(inner),
    async transaction(use) {
      await spy.before?.('begin');
      return inner.transaction((session) => use(listening(session)));
    },
  };
}

/** A judge on a clock of the test's own. */
function aJudge(own: Store = ledger.another()) {
  const deaths: Judged[] = [];
  const clock = { nowMs: 1_000_000 };
  let isHolder = true;
  const lane: Lane = {
    async hold(work) {
      await own.ask(ask); // as a lease is asked for on the judge's own connection
      return isHolder ? work({} as HeldLane) : null;
    },
    release: () => Promise.resolve(),
  };
  const pass = createRecovery({
    store: own,
    lane,
    judge: 'scheduler here 1',
    onDeath: (worker) => deaths.push(worker),
    onRecovered: () => undefined,
    nowMs: () => clock.nowMs,
    chance: () => 0.5,
  });
  return {
    deaths,
    clock,
    pass,
    /** So much time, in passes of half a second. */
    async passFor(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 500) {
        clock.nowMs += 500;
        await pass();
      }
    },
    hold(holds: boolean): void {
      isHolder = holds;
    },
  };
}

async function silenceOf(workerId: string): Promise<number> {
  const [row] = await sql<{ ms: number }>('SELECT silent_ms AS ms FROM workers WHERE id = $1', [workerId]);
  return row?.ms ?? -1;
}

async function stateOf(workerId: string): Promise<string | undefined> {
  const [row] = await sql<{ state: string }>('SELECT state FROM workers WHERE id = $1', [workerId]);
  return row?.state;
}

test('LV-3 thirty seconds of counted silence are death, and its runs are lost within the same pass', async () => {
  const [workerId, job] = await Promise.all([aWorker(store), aJob(store)]);
  const runId = await aRun(store, job);
  await claim(store, workerId, aClaim(runId));
  const judge = aJudge();
  await judge.pass();
  await judge.passFor(silenceMs - 500);
  expect(await stateOf(workerId)).toBe('alive');
  await judge.passFor(500);
  expect(judge.deaths).toMatchObject([{ id: workerId, silentMs: silenceMs }]);
  const run = await theRun(store, runId);
  expect(run).toMatchObject({ state: 'interrupted', reason: 'worker_lost' });
  expect(run.attempts[0]?.message).toBe(
    `worker ${workerId} (here, pid 1) is dead by silence: no beat for 30.0 s, counted by scheduler here 1`,
  );
});

test('LV-3 a worker that beats lives, however long the judge looks', async () => {
  const [beating, silent] = await Promise.all([aWorker(store), aWorker(store)]);
  const judge = aJudge();
  await judge.pass();
  for (let number = 1; number <= 4; number++) {
    await judge.passFor(10_000);
    await beat(store, beating, number);
  }
  expect(judge.deaths.map(({ id }) => id)).toEqual([silent]);
});

test('LV-3 a gap between two passes starts every count anew: a frozen judge kills nobody', async () => {
  const workerId = await aWorker(store);
  const judge = aJudge();
  await judge.pass();
  await judge.passFor(29_500);
  judge.clock.nowMs += 2_001;
  await judge.pass();
  expect(await silenceOf(workerId)).toBe(0);
  judge.clock.nowMs += 3_600_000;
  await judge.pass();
  await judge.passFor(29_500);
  expect(judge.deaths).toEqual([]);
  await judge.passFor(500);
  expect(judge.deaths).toHaveLength(1);
});

test('LV-3 a failed pass starts every count anew: a Postgres that does not commit kills nobody', async () => {
  const workerId = await aWorker(store);
  let isFailing = false;
  const judge = aJudge(
    spied(ledger.another(), {
      before: (name) => {
        if (isFailing && name === 'judge-workers') throw new Error('no answer');
      },
    }),
  );
  await judge.pass();
  await judge.passFor(29_500);
  isFailing = true;
  judge.clock.nowMs += 500;
  await expect(judge.pass()).rejects.toThrow('no answer');
  isFailing = false;
  await judge.passFor(500);
  expect(await silenceOf(workerId)).toBe(0);
  await judge.passFor(500);
  expect(await silenceOf(workerId)).toBe(500);
});

test('LV-3 a new connection starts every count anew', async () => {
  const workerId = await aWorker(store);
  const own = ledger.another();
  const judge = aJudge(own);
  await judge.pass();
  await judge.passFor(29_500);
  const [session] = await own.ask<{ pid: number }>(ask);
  await sql('SELECT pg_terminate_backend($1)', [session?.pid]);
  await expect.poll(() => own.pool.totalCount).toBe(0);
  await judge.passFor(500);
  expect([judge.deaths, await silenceOf(workerId)]).toEqual([[], 0]);
  await judge.passFor(500);
  expect(await silenceOf(workerId)).toBe(500);
});

test('LV-3 a connection that a pass opens itself is new to the next one', async () => {
  const workerId = await aWorker(store);
  const own = ledger.another();
  let terminates = false;
  const judge = aJudge(
    spied(own, {
      before: async (name) => {
        if (!terminates || name !== 'judge-workers') return;
        terminates = false;
        const [session] = await own.ask<{ pid: number }>(ask);
        await sql('SELECT pg_terminate_backend($1)', [session?.pid]);
        await expect.poll(() => own.pool.totalCount).toBe(0);
      },
    }),
  );
  await judge.pass();
  await judge.passFor(1_000);
  terminates = true;
  await judge.passFor(500);
  await judge.passFor(500);
  expect(await silenceOf(workerId)).toBe(0);
});

test('LV-3 an heir goes on with the count, and adds nothing for the time in which nobody judged', async () => {
  const workerId = await aWorker(store);
  const [first, heir] = [aJudge(), aJudge()];
  heir.hold(false);
  await first.pass();
  await Promise.all([first.passFor(20_000), heir.passFor(20_000)]);
  heir.clock.nowMs += 60_000;
  heir.hold(true);
  await heir.pass();
  expect(await silenceOf(workerId)).toBe(20_000);
  await heir.passFor(9_500);
  expect(heir.deaths).toEqual([]);
  await heir.passFor(500);
  expect(heir.deaths).toHaveLength(1);
});

test('LV-3 whoever gave the lane away begins as an heir when it comes back', async () => {
  const workerId = await aWorker(store);
  const judge = aJudge();
  await judge.pass();
  await judge.passFor(1_000);
  judge.hold(false);
  await judge.passFor(500);
  judge.hold(true);
  await judge.passFor(500);
  expect(await silenceOf(workerId)).toBe(1_000);
});

test('LV-4 a worker that beats between the pass and the death lives', async () => {
  const workerId = await aWorker(store);
  const judge = aJudge(
    spied(ledger.another(), {
      before: async (name) => {
        if (name === 'declare-dead') await beat(store, workerId, 1);
      },
    }),
  );
  await judge.pass();
  await judge.passFor(silenceMs);
  expect(judge.deaths).toEqual([]);
  expect(await stateOf(workerId)).toBe('alive');
  await judge.passFor(500);
  expect(await silenceOf(workerId)).toBe(0);
});

test('LV-4 a judge that was frozen after its pass writes no death', async () => {
  const workerId = await aWorker(store);
  let freezesMs = 0;
  const judge = aJudge(
    spied(ledger.another(), {
      after: (name) => {
        if (name === 'judge-workers') judge.clock.nowMs += freezesMs;
      },
    }),
  );
  await judge.pass();
  await judge.passFor(silenceMs - 500);
  freezesMs = 2_000;
  await judge.passFor(500);
  expect(await silenceOf(workerId)).toBe(silenceMs);
  freezesMs = 0;
  await judge.passFor(500);
  expect(judge.deaths).toEqual([]);
  expect(await silenceOf(workerId)).toBe(0);
});

test('LV-4 a judge that was frozen before its transaction began writes no death', async () => {
  const workerId = await aWorker(store);
  const judge = aJudge(
    spied(ledger.another(), {
      before: (name) => {
        if (name === 'begin') judge.clock.nowMs += 2_000;
      },
    }),
  );
  await judge.pass();
  await judge.passFor(silenceMs);
  expect([judge.deaths, await stateOf(workerId)]).toEqual([[], 'alive']);
});

test('LV-5 runs of the dead are settled by every replica, judge or not', async () => {
  const [workerId, job] = await Promise.all([aWorker(store), aJob(store)]);
  const runId = await aRun(store, job);
  await claim(store, workerId, aClaim(runId));
  await sql(
    "UPDATE workers SET state = 'dead', death = 'silence', ended_at = clock_timestamp() WHERE id = $1",
    [workerId],
  );
  const bystander = aJudge();
  bystander.hold(false);
  await bystander.pass();
  expect(await theRun(store, runId)).toMatchObject({ state: 'interrupted', reason: 'worker_lost' });
});
