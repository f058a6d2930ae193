import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterOurEnd } from '@flotilla/embedded';
import type { TestProject } from 'vitest/node';
import { binariesDir, startServers } from './servers.ts';

/** Gives servers time to let go of the folder that is deleted behind them. */
const deleteLater = 'sleep 3; rm -rf "$0"';

/** One Postgres, one Redis and one NATS for all tests of a run; each test file keeps to names of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-test-'));
  const release = afterOurEnd('sh', '-c', deleteLater, dir);
  const servers = await startServers(dir);
  project.provide('pgUrl', servers.postgres.url);
  project.provide('redisUrl', servers.redis.url);
  project.provide('natsUrl', servers.nats.url);
  project.provide('binariesDir', binariesDir);
  project.provide('runDir', dir);
  return async () => {
    await servers.stop();
    await rm(dir, { recursive: true, force: true });
    release();
  };
}
