import { pathToFileURL } from 'node:url';
import type { CliContext } from '../context.ts';
import { credentialsOf } from '../credentials.ts';
import type { ServiceName } from '../installation.ts';
import { startCleanly } from './start-cleanly.ts';

/**
 * Runs one service in this process, or, where credentials are in the environment, in a child that has them
 * in files: what was in a process's environment stays readable in `/proc/<pid>/environ`, also for turns.
 * Either way it ends the process.
 */
export async function startService(service: ServiceName, context: CliContext): Promise<never> {
  const main = context.installation.serviceMain(service);
  if (credentialsOf(context.environment).length > 0) {
    process.exit(await startCleanly(main, context.environment));
  }
  await import(pathToFileURL(main).href);
  return new Promise(() => undefined); // the service exits when it is told to stop
}
