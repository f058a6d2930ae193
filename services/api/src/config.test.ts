import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const urls = {
  DATABASE_URL: 'postgresql://a:b@127.0.0.1:5432/f',
  REDIS_URL: 'redis://:c@127.0.0.1:6379',
  NATS_URL: 'nats://t@127.0.0.1:4222',
};
const read = (environment: Record<string, string>) => readConfig(environment, () => undefined);

test('without more than its servers the API listens on loopback, port 7420', () => {
  expect(read(urls)).toMatchObject({ host: '127.0.0.1', port: 7420, healthPort: 0 });
});

test.each([
  [{ FLOTILLA_API_PORT: 'http' }, 'FLOTILLA_API_PORT="http" is not valid: expected a port from 0'],
  [{ FLOTILLA_API_PORT: '65536' }, 'FLOTILLA_API_PORT="65536" is not valid'],
  [
    { DATABASE_URL: 'mysql://a:secret@h/f' },
    'DATABASE_URL is not valid (its value is a secret): expected a URL such',
  ],
  [{ REDIS_URL: '6379' }, 'REDIS_URL is not valid'],
  [{ NATS_URL: '4222' }, 'NATS_URL is not valid'],
  [{ DATABASE_URL: '' }, 'neither DATABASE_URL nor DATABASE_URL_FILE is set'],
])('%j stops the start with one line that names it', (wrong, line) => {
  expect(() => read({ ...urls, ...wrong })).toThrow(line);
  expect(() => read({ ...urls, ...wrong })).not.toThrow('a:secret');
});
