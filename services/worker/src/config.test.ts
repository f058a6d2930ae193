import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const servers = {
  DATABASE_URL: 'postgres://user:password@host:5432/database',
  REDIS_URL: 'redis://:password@host:6379',
  NATS_URL: 'nats://token@host:4222',
};

const poolsOf = (text: string) => readConfig({ ...servers, FLOTILLA_POOLS: text }, () => undefined).pools;

test('a worker serves the pool of jobs that name none, or those that it was told', () => {
  expect(readConfig(servers, () => undefined).pools).toEqual(['default']);
  expect(poolsOf('browsers')).toEqual(['browsers']);
  expect(poolsOf(' default, browsers,default ')).toEqual(['default', 'browsers']);
});

const twentyOne = Array.from({ length: 21 }, (_, index) => `pool-${index}`).join(',');

test.each(['Browsers', 'a,,b', ',', 'a b', twentyOne])(
  'FLOTILLA_POOLS=%s is refused with what is taken',
  (text) => {
    expect(() => poolsOf(text)).toThrow(
      /^FLOTILLA_POOLS=.* is not valid: expected at most 20 names of pools/,
    );
  },
);

test('a gateway is told by an address; what is none is refused, and never repeated', () => {
  const agentOf = (url: string) => readConfig({ ...servers, FLOTILLA_AGENT_URL: url }, () => undefined);
  expect(agentOf('http://127.0.0.1:1/v1')).toMatchObject({ agentUrl: 'http://127.0.0.1:1/v1' });
  expect(readConfig(servers, () => undefined).agentUrl).toBeUndefined();
  for (const url of ['https://user:hush@gateway/v1', 'hush', 'ftp://hush/v1']) {
    expect(() => agentOf(url)).toThrow(
      /^FLOTILLA_AGENT_URL is not valid .* expected an address without credentials/,
    );
    expect(() => agentOf(url)).not.toThrow('hush');
  }
});
