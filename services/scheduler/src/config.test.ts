import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const urls = {
  DATABASE_URL: 'postgresql://a:b@127.0.0.1:5432/f',
  REDIS_URL: 'redis://:p@127.0.0.1:6379',
  NATS_URL: 'nats://t@127.0.0.1:4222',
};
const read = (environment: Record<string, string>) =>
  readConfig({ ...urls, ...environment }, () => undefined);
const dayMs = 86_400_000;

test('LG-2 runs are kept for 90 days, outputs and events for 14', () => {
  const kept = { keepRunsMs: 90 * dayMs, keepOutputsMs: 14 * dayMs, keepEventsMs: 14 * dayMs };
  expect(read({})).toMatchObject(kept);
  expect(read({ FLOTILLA_KEEP_RUNS: '180d', FLOTILLA_KEEP_EVENTS: '1d12h' })).toMatchObject({
    ...kept,
    keepRunsMs: 180 * dayMs,
    keepEventsMs: 1.5 * dayMs,
  });
});

test.each([
  [
    { FLOTILLA_KEEP_RUNS: '89d' },
    'FLOTILLA_KEEP_RUNS="89d" is not valid: expected a duration from 90d to 366d',
  ],
  [
    { FLOTILLA_KEEP_OUTPUTS: '91d' },
    'FLOTILLA_KEEP_OUTPUTS="91d" is not valid: expected a duration from 1d to 90d',
  ],
  [{ FLOTILLA_KEEP_EVENTS: 'ever' }, 'FLOTILLA_KEEP_EVENTS="ever" is not valid'],
])('ID-3 %j stops the start', (wrong, line) => {
  expect(() => read(wrong)).toThrow(line);
});
