import { expect, test } from 'vitest';
import { natsConfig } from './prepare-nats.ts';

test('NATS asks for the token and keeps JetStream in its folder', () => {
  const address = { host: '127.0.0.1', clientHost: '127.0.0.1', port: 21_002 };
  expect(natsConfig(address, 'let-me-in', '/a b/nats').split('\n')).toEqual([
    'host: "127.0.0.1"',
    'port: 21002',
    'authorization { token: "let-me-in" }',
    'jetstream { store_dir: "/a b/nats" }',
    '',
  ]);
});
