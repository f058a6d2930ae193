import { expect, test } from 'vitest';
import { serviceEnvironment } from './service-environment.ts';

test('what is on the list is inherited, credentials and everything else are not', () => {
  const environment = {
    PATH: '/bin',
    LC_ALL: 'C',
    FLOTILLA_SLOTS: '3',
    FLOTILLA_SECRET_KEY: 'hush',
    FLOTILLA_TOKEN: 'hush',
    FLOTILLA_AGENT_TOKEN: 'hush',
    FLOTILLA_AGENT_URL: 'http://gateway',
    FLOTILLA_ADMIN_TOKEN: 'hush',
    DATABASE_URL: 'postgres://hush',
    AWS_SECRET_ACCESS_KEY: 'hush',
    NODE_OPTIONS: '--require=/tmp/x.cjs',
    UNSET: undefined,
  };
  expect(serviceEnvironment(environment, { FLOTILLA_SLOTS: '4', DATABASE_URL_FILE: '/run/url' })).toEqual({
    PATH: '/bin',
    LC_ALL: 'C',
    FLOTILLA_AGENT_URL: 'http://gateway',
    FLOTILLA_SLOTS: '4',
    DATABASE_URL_FILE: '/run/url',
  });
});
