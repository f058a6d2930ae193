import { expect, test } from 'vitest';
import { redisConfig } from './prepare-redis.ts';

const address = { host: '127.0.0.1', clientHost: '127.0.0.1', port: 21_001 };

test('Redis keeps an append-only file, evicts nothing and asks for the password', () => {
  const lines = redisConfig(address, 'let-me-in', '/data/redis').split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'bind 127.0.0.1',
      'port 21001',
      'requirepass let-me-in',
      'appendonly yes',
      'appendfsync everysec',
      'save ""',
      'maxmemory-policy noeviction',
    ]),
  );
});

test('a folder with blanks and quotes stays one word', () => {
  expect(redisConfig(address, 'x', '/a b/"c"')).toContain('dir "/a b/\\"c\\""\n');
});
