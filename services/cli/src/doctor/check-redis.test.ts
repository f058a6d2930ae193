import { expect, test } from 'vitest';
import { checkRedis } from './check-redis.ts';

test('Redis 7 that takes writes will do; 6 and a replica will not', () => {
  expect(checkRedis({ version: '7.0.15', isReplica: false }, 'cache:6379')).toMatchObject({
    verdict: 'fine',
  });
  expect(checkRedis({ version: '6.2.14', isReplica: false }, 'cache:6379')).toMatchObject({
    verdict: 'wrong',
  });
  expect(checkRedis({ version: '8.0.0', isReplica: true }, 'cache:6379')).toMatchObject({ verdict: 'wrong' });
});
