import { expect, test } from 'vitest';
import { callFlotilla, testNow } from '../testing/call-flotilla.ts';
import { startFakeApi } from '../testing/fake-api.ts';

test('login prints an address of the API that opens once', async () => {
  const expiresAt = new Date(testNow + 600_000).toISOString();
  const api = await startFakeApi(({ line }) =>
    line === 'POST /api/v1/login-links'
      ? { status: 201, body: { path: '/login#made', expiresAt } }
      : undefined,
  );
  const environment = { FLOTILLA_URL: api.url, FLOTILLA_TOKEN: 'secret' };
  const { code, stdout } = await callFlotilla(['login'], { environment });
  await api.close();
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    `${new URL(api.url).origin}/login#made`,
    'opens once, within 10 min',
    '',
  ]);
});
