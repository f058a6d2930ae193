import { alarmRules } from '@flotilla/domain';
import type { AlarmView } from '@flotilla/storage';
import { expect, test } from 'vitest';
import { ledgerOf, openDoor } from '../testing/door.ts';

const alarm: AlarmView = {
  id: '0198c0de-0000-7000-8000-00000000a1a2',
  kind: 'no_worker',
  subject: 'default',
  message: 'a run of the pool default has waited 20 s, and no worker takes from it',
  raisedAt: 1_800_000_000_000,
  seenAt: 1_800_000_002_500,
  resolvedAt: null,
};

test('open alarms are listed with what they mean and what to do; those that are over only when asked for', async () => {
  const asked: unknown[] = [];
  const { ask } = await openDoor(
    ledgerOf({
      listAlarms: async (filter) => {
        asked.push(filter);
        return [alarm];
      },
    }),
  );
  const answer = await ask('GET', '/api/v1/alarms');
  const { means, remedy } = alarmRules.no_worker;
  expect(answer.json).toEqual({
    items: [
      {
        ...alarm,
        means,
        remedy,
        concernsReadiness: true,
        raisedAt: '2027-01-15T08:00:00.000Z',
        seenAt: '2027-01-15T08:00:02.500Z',
      },
    ],
    next: null,
  });
  await ask('GET', '/api/v1/alarms?resolved=true');
  expect(asked).toEqual([{ resolved: false }, { resolved: true }]);
  expect((await ask('GET', '/api/v1/alarms?resolved=maybe')).status).toBe(400);
});
