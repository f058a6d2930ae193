import pc from 'picocolors';
import { expect, test } from 'vitest';
import { runDetailBody } from '../testing/bodies.ts';
import { testNow } from '../testing/call-flotilla.ts';
import { runDetails } from './run-details.ts';

const waiting = { state: 'blocked', startedAt: null, settledAt: null, attempt: 0 } as const;

function shown(known: Parameters<typeof runDetailBody>[0]): string[] {
  const style = { colours: pc.createColors(false), columns: 100, zone: 'UTC', now: testNow };
  return runDetails(runDetailBody(known), style);
}

test('a blocked run says what it waits for, where it stands and how long it may wait', () => {
  const startBy = '2026-11-21T09:51:00.000Z';
  expect(shown({ ...waiting, blockedBy: 'pool', pool: 'browsers', priority: 7, startBy })).toEqual(
    expect.arrayContaining([
      'state      blocked',
      'waits for  room in the pool browsers',
      'start by   2026-11-21 09:51:00',
      'pool       browsers',
      'priority   7',
    ]),
  );
  expect(shown({ ...waiting, blockedBy: 'overlap' })).toContain(
    'waits for  the runs of nightly-report before it',
  );
});

test('a run that has begun says nothing of a start deadline', () => {
  expect(shown({ startBy: '2026-11-21T09:51:00.000Z' }).join('\n')).not.toContain('start by');
});

test('a run tells which runs began it: one, or all that it needed', () => {
  const [one, other] = ['01920000-0000-7000-8000-0000cafecafe', '01920000-0000-7000-8000-0000beefbeef'];
  expect(shown({ cause: 'parent', parent: one, parents: [one] })).toContain('cause    parent, run cafecafe');
  expect(shown({ cause: 'parent', parent: one, parents: [one, other] })).toContain(
    'cause    parents, runs cafecafe, beefbeef',
  );
});
