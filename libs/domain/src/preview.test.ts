import { expect, test } from 'vitest';
import { previewTicks } from './preview.ts';
import { resolveSchedule, scheduleSchema } from './schedule.ts';

const after = Date.parse('2027-03-13T12:00Z');

test('shows the local time of each tick and marks the odd one', () => {
  const schedule = resolveSchedule(scheduleSchema.parse({ cron: '30 2 * * *', zone: 'America/New_York' }));
  expect(previewTicks(schedule, after, 2)).toEqual([
    { tickAt: Date.parse('2027-03-14T07:00Z'), local: '2027-03-14T03:00:00-04:00', note: 'gap' },
    { tickAt: Date.parse('2027-03-15T06:30Z'), local: '2027-03-15T02:30:00-04:00', note: null },
  ]);
});

test('ends with the schedule, and shows nothing of nothing', () => {
  const schedule = resolveSchedule(scheduleSchema.parse({ at: '2027-03-14T09:00' }));
  expect(previewTicks(schedule, after, 5)).toHaveLength(1);
  expect(previewTicks(schedule, after, 0)).toEqual([]);
});
