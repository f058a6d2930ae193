import { hostname } from 'node:os';
import { type Environment, version } from '@flotilla/runtime';
import type { Session } from '@flotilla/storage';
import type { readConfig } from './config.ts';
import { startGuard } from './guard/start-guard.ts';
import { createMembership, type Membership, type MembershipOptions } from './membership.ts';

export interface OpenMembershipOptions extends Pick<MembershipOptions, 'onGuardLost'> {
  readonly config: Pick<ReturnType<typeof readConfig>, 'slots' | 'pools' | 'databaseUrl' | 'workDir'>;
  readonly environment: Environment;
  /** LV-1: the connection of the beat. */
  readonly session: Session;
}

/** The membership of this process: what it says of itself, and a guard's process for each of its ids. */
export function openMembership(options: OpenMembershipOptions): Membership {
  const { config, environment, session, onGuardLost } = options;
  const { slots, pools, databaseUrl, workDir: folder } = config;
  return createMembership({
    session,
    introduction: { host: hostname(), pid: process.pid, version, pools, slots },
    startGuard: (workerId) => startGuard({ workerId, databaseUrl, environment, folder }),
    onGuardLost,
  });
}
