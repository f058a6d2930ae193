import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceName } from './bundles.ts';
import { type ServiceProcess, startService } from './service-process.ts';

/** The services of one fleet. */
export interface Crew {
  all(): readonly ServiceProcess[];
  count(service: ServiceName): number;
  /** In the order of their start, from 0. */
  member(service: ServiceName, index: number): ServiceProcess;
  /** Starts `count` more side by side. */
  add(service: ServiceName, count: number, settings?: Settings): Promise<ServiceProcess[]>;
  /** Ends all of them. Throws where one had ended that nobody had told to, with its last lines. */
  stop(): Promise<void>;
  /** The last lines of each. */
  lastLines(count: number): Promise<string>;
}

export type Settings = Readonly<Record<string, string>>;

/** Each has a folder of its own below `dir`, named like it: `worker-1`. */
export function createCrew(dir: string, mainOf: (service: ServiceName) => string, common: Settings): Crew {
  const members: Record<ServiceName, ServiceProcess[]> = { scheduler: [], worker: [], api: [] };
  const numbers: Record<ServiceName, number> = { scheduler: 0, worker: 0, api: 0 };
  const all = () => Object.values(members).flat();

  async function start(service: ServiceName, settings: Settings): Promise<ServiceProcess> {
    numbers[service] += 1;
    const name = `${service}-${numbers[service]}`;
    const folder = join(dir, name);
    await mkdir(folder, { mode: 0o700 });
    return startService({
      name,
      main: mainOf(service),
      environment: { FLOTILLA_WORK_DIR: join(folder, 'work'), ...common, ...settings },
      folder,
      logFile: join(folder, 'log'),
    });
  }

  return {
    all,
    count: (service) => members[service].length,
    member(service, index) {
      const found = members[service][index];
      if (found === undefined) throw new Error(`this fleet has ${members[service].length} of ${service}`);
      return found;
    },
    async add(service, count, settings = {}) {
      const starts = await Promise.allSettled(Array.from({ length: count }, () => start(service, settings)));
      const started = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      members[service].push(...started);
      const failed = starts.find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      return started;
    },
    async stop() {
      const deserters = all().filter((member) => member.ended() !== undefined && !member.wasToldToEnd());
      await Promise.all(all().map((member) => member.stop()));
      if (deserters.length > 0) {
        const ends = await Promise.all(deserters.map((member) => describeEnd(member)));
        throw new Error(`ended by themselves: ${ends.join('\n')}`);
      }
    },
    async lastLines(count) {
      const parts = all().map(async (member) => `── ${member.name}\n${await tail(member, count)}`);
      return (await Promise.all(parts)).join('\n');
    },
  };
}

async function describeEnd(member: ServiceProcess): Promise<string> {
  const { code, signal } = member.ended() ?? {};
  return `${member.name} with ${signal ?? `exit code ${code}`}:\n${await tail(member, 10)}`;
}

async function tail(member: ServiceProcess, count: number): Promise<string> {
  return (await member.log()).trimEnd().split('\n').slice(-count).join('\n');
}
