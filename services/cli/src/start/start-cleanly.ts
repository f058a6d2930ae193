import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterOurEnd } from '@flotilla/embedded';
import { ConfigError, type Environment } from '@flotilla/runtime';
import { credentialsOf, credentialVariables, isCredential } from '../credentials.ts';
import { writePrivateFile } from '../private-file.ts';
import { writeSecrets } from '../secrets-folder.ts';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a service as a child with a clean environment: each credential becomes a file (0600) in a private
 * folder (0700) that is removed when the child has ended, or we. Signals are passed on; should we be killed, the
 * child sees its stdin end and stops.
 *
 * @returns the exit code to end with
 */
export async function startCleanly(main: string, environment: Environment): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-'));
  const release = afterOurEnd('rm', '-rf', folder); // should we be killed
  try {
    const env = await cleanEnvironment(environment, folder);
    const child = spawn(process.execPath, ['--enable-source-maps', main], {
      env,
      detached: true, // a terminal's Ctrl-C reaches the child through us alone, once
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    child.stdin.on('error', () => undefined); // it ended first
    for (const signal of FORWARDED) {
      process.on(signal, () => child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal));
    }
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    await rm(folder, { recursive: true, force: true });
    release();
  }
}

/** The environment without credentials, with the names of the files that hold them now. */
export async function cleanEnvironment(
  environment: Environment,
  folder: string,
): Promise<Record<string, string>> {
  const clean = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== undefined && !isCredential(name)),
  ) as Record<string, string>;
  for (const name of credentialVariables.filter((each) => credentialsOf(environment).includes(each))) {
    if (environment[`${name}_FILE`]) {
      throw new ConfigError(`both ${name} and ${name}_FILE are set: keep one of them`);
    }
    const path = join(folder, name);
    await writePrivateFile(path, environment[name] ?? '');
    clean[`${name}_FILE`] = path;
  }
  const secrets = await writeSecrets(environment, join(folder, 'secrets'));
  return {
    ...clean,
    ...(secrets === undefined ? {} : { FLOTILLA_SECRETS_DIR: secrets }),
    FLOTILLA_STOP_WITH_STDIN: '1',
  };
}
