import { join } from 'node:path';

export const serviceNames = ['scheduler', 'worker', 'api'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Where this copy of Flotilla lies. Code that may be bundled cannot know it: who starts it says so. */
export type Installation = {
  readonly root: string;
  /** The file to run a service from, as plain JavaScript. */
  serviceMain(service: ServiceName): string;
};

export function migrationsFolder({ root }: Installation): string {
  return join(root, 'prisma/migrations');
}

/** redis-server and nats-server, where PATH has none and they were fetched. */
export function binariesFolder({ root }: Installation): string {
  return join(root, 'node_modules/.cache/flotilla/servers');
}
