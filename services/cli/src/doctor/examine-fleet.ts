import { type Environment, parseConfig, variable } from '@flotilla/runtime';
import { z } from 'zod';
import type { CliContext } from '../context.ts';
import { checkDisk } from './check-disk.ts';
import { checkTzdata } from './check-tzdata.ts';
import { examineNats } from './examine-nats.ts';
import { examinePostgres } from './examine-postgres.ts';
import { examineRedis } from './examine-redis.ts';
import { examineServer } from './examine-server.ts';
import { type FoundFleet, findFleet } from './find-fleet.ts';
import type { Finding } from './finding.ts';

export interface Diagnosis {
  /** Who said where the servers are. */
  readonly fleet: string;
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}

/** Asks all servers at once, so that one that is silent hides nothing of the others. Starts and changes nothing. */
export async function examineFleet({
  environment,
  folder,
  now,
}: Pick<CliContext, 'environment' | 'folder' | 'now'>): Promise<Diagnosis> {
  const { place, home, servers } = await findFleet(environment, folder);
  const found = await Promise.all([
    examineServer('postgres', servers.postgres, (url, address) => examinePostgres(url, address, now)),
    examineServer('redis', servers.redis, (url, address) => examineRedis(url, address, now)),
    examineServer('nats', servers.nats, examineNats),
    examineHost(environment, home, now()),
  ]);
  const findings = found.flat();
  return { fleet: place, healthy: findings.every(({ verdict }) => verdict === 'fine'), findings };
}

const workDir = variable('FLOTILLA_WORK_DIR', z.string().optional());

/** The disk is known where a fleet of `flotilla up` has its data, and where the environment says that turns work. */
async function examineHost(
  environment: Environment,
  home: FoundFleet['home'],
  now: number,
): Promise<Finding[]> {
  const disk = home ?? parseConfig(environment, { workDir }).workDir;
  const { tz, icu } = process.versions;
  return [checkTzdata({ tz, icu }, now), ...(disk === undefined ? [] : [await checkDisk(disk)])];
}
