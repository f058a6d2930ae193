import type { Environment } from '@flotilla/runtime';
import { isJobSecret } from './secrets-folder.ts';

/** Variables that are also read from a file, named by `<name>_FILE`. */
export const credentialVariables = [
  'DATABASE_URL',
  'REDIS_URL',
  'NATS_URL',
  'FLOTILLA_ADMIN_TOKEN',
  'FLOTILLA_TOKEN',
  'FLOTILLA_AGENT_TOKEN',
] as const;

/** Whether a variable must not be in the environment of a process that turns can look at. */
export function isCredential(variable: string): boolean {
  return credentialVariables.some((name) => name === variable) || isJobSecret(variable);
}

/** The names of the credentials that an environment holds. */
export function credentialsOf(environment: Environment): string[] {
  return Object.keys(environment).filter((name) => isCredential(name) && environment[name] !== '');
}
