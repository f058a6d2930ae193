import type { AlarmView } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { problemReplies } from '../problem.ts';
import { alarmReplySchema, toAlarm } from '../representations/alarm.ts';
import { pageOf, toPage } from '../representations/page.ts';
import { flag } from './parameters.ts';

export type ListAlarms = (filter: { readonly resolved: boolean }) => Promise<readonly AlarmView[]>;

const listQuery = z.strictObject({
  resolved: flag.default(false).meta({ description: 'true: also those that are over, for 30 days' }),
});

export function alarmRoutes(app: App, listAlarms: ListAlarms): void {
  const schema = {
    operationId: 'listAlarms',
    summary: 'What is the matter with the fleet now, latest first',
    tags: ['alarms'],
    querystring: listQuery,
    response: { 200: pageOf(alarmReplySchema).describe('alarms'), ...problemReplies('invalid_request') },
  };
  app.get('/alarms', { schema }, async ({ query }) =>
    toPage({ items: await listAlarms(query), next: null }, toAlarm),
  );
}
