import { expect, test } from 'vitest';
import { checkConnections } from './check-connections.ts';

test('four fifths of the connections may be taken', () => {
  expect(checkConnections({ connections: 80, maxConnections: 100 })).toMatchObject({ verdict: 'fine' });
  expect(checkConnections({ connections: 81, maxConnections: 100 })).toMatchObject({
    verdict: 'wrong',
    says: '81 of 100 connections are taken',
  });
});
