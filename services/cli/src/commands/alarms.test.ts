import { expect, test } from 'vitest';
import type { AlarmBody } from '../client/bodies.ts';
import { callFlotilla, testNow } from '../testing/call-flotilla.ts';
import { startFakeApi } from '../testing/fake-api.ts';

const ago = (ms: number) => new Date(testNow - ms).toISOString();

const open: AlarmBody = {
  kind: 'no_worker',
  subject: 'default',
  message: 'a run of the pool default has waited 20 s, and no worker takes from it',
  remedy: 'start a worker',
  raisedAt: ago(48_000),
  resolvedAt: null,
};

test('alarms are listed with how long they last, and those that are over when asked for', async () => {
  const api = await startFakeApi(({ line }) => ({
    body: {
      items: [open, ...(line.includes('resolved=true') ? [{ ...open, resolvedAt: ago(8_000) }] : [])],
      next: null,
    },
  }));
  const environment = { FLOTILLA_URL: api.url, FLOTILLA_TOKEN: 'secret' };
  const now = await callFlotilla(['alarms'], { environment });
  const all = await callFlotilla(['alarms', '--resolved'], { environment });
  await api.close();
  expect(now.stdout).toBe(`ALARM      FOR   WHAT\nno_worker  48 s  ${open.message}\n`);
  expect(all.stdout).toBe(
    [
      'ALARM      FOR                    WHAT',
      `no_worker  48 s                   ${open.message}`,
      `no_worker  40 s, until 8.0 s ago  ${open.message}`,
      '',
    ].join('\n'),
  );
});
