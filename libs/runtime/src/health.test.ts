import { afterEach, expect, test } from 'vitest';
import { type Check, createHealth, type Health, type HealthOptions, readiness } from './health.ts';
import { createRegistry, observeLoops } from './metrics.ts';

const running: Health[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((health) => health.stop()));
});

async function serve(checks: Record<string, Check>, alarms?: HealthOptions['alarms']) {
  const registry = createRegistry('test');
  const options = { host: '127.0.0.1', port: 0, checks, registry };
  const health = createHealth(alarms === undefined ? options : { ...options, alarms });
  running.push(health);
  return { url: await health.start(), registry };
}

test('/readyz names what is red, and why', async () => {
  const { url } = await serve({
    postgres: () => null,
    redis: () => 'connection refused',
    nats: () => Promise.reject(new Error('no token')),
  });
  const response = await fetch(`${url}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    ready: false,
    checks: ['postgres', 'redis', 'nats'],
    red: { redis: 'connection refused', nats: 'no token' },
  });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('/readyz shows alarms of the fleet, which take no service out of it', async () => {
  const alarm = { kind: 'no_worker', subject: 'default', message: 'nobody takes from it' };
  const { url } = await serve({ postgres: () => null }, () => Promise.resolve([alarm]));
  const response = await fetch(`${url}/readyz`);
  expect([response.status, await response.json()]).toEqual([
    200,
    { ready: true, checks: ['postgres'], red: {}, alarms: [alarm] },
  ]);
  const unreadable = await serve({ postgres: () => null }, () => Promise.reject(new Error('away')));
  expect(await (await fetch(`${unreadable.url}/readyz`)).json()).toEqual({
    ready: true,
    checks: ['postgres'],
    red: {},
  });
});

test('a check that does not answer is red after its limit', async () => {
  const never = () => new Promise<null>(() => undefined);
  expect(await readiness({ postgres: never, redis: () => null }, 5)).toEqual({
    ready: false,
    red: { postgres: 'no answer within 5 ms' },
  });
});

test('/metrics tells of loops and of the process', async () => {
  const { url, registry } = await serve({});
  observeLoops(registry, [{ name: 'plan', lastSuccessAt: 1_500, failuresInARow: 2 }]);
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('flotilla_loop_last_success_timestamp_seconds{loop="plan",service="test"} 1.5');
  expect(text).toContain('flotilla_loop_failures_in_a_row{loop="plan",service="test"} 2');
  expect(text).toContain('process_cpu_seconds_total');
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});

test('a port that is taken is an error that names the variable', async () => {
  const { url } = await serve({});
  const taken = Number(new URL(url).port);
  const second = createHealth({ host: '127.0.0.1', port: taken, checks: {}, registry: createRegistry('b') });
  await expect(second.start()).rejects.toThrow(/FLOTILLA_HEALTH_PORT.*EADDRINUSE/);
  await second.stop();
});
