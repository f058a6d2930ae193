import type { UnpublishedEvent } from '@flotilla/storage';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { countSettledRuns } from './metrics.ts';

function published(type: string, state: string, reason: string | null): UnpublishedEvent {
  const event = { entity: type.split('.')[0], type, data: { state, reason } };
  return { event } as unknown as UnpublishedEvent;
}

test('runs are counted once each, when they end, by state and reason', async () => {
  const registry = new Registry();
  countSettledRuns(registry)([
    published('run.queued', 'queued', null),
    published('run.started', 'running', null),
    published('run.succeeded', 'succeeded', null),
    published('run.succeeded', 'succeeded', null),
    published('run.skipped', 'skipped', 'overlap'),
    published('run.withdrawn', 'queued', null),
    published('job.changed', 'succeeded', null),
  ]);
  const { values } = await registry.getMetricsAsJSON().then(([metric]) => metric ?? { values: [] });
  expect(values.map(({ labels, value }) => [labels['state'], labels['reason'], value])).toEqual([
    ['succeeded', '', 2],
    ['skipped', 'overlap', 1],
  ]);
});
