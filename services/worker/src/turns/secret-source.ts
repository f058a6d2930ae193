import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '@flotilla/runtime';
import { errorCode } from './error-code.ts';
import { Misconfigured } from './misconfigured.ts';

/** Finds the value of a secret by its name, or throws `Misconfigured` with that name and never the value. */
export type SecretSource = (name: string) => Promise<string>;

export interface SecretSourceOptions {
  /** A folder with one file for each secret, as orchestrators mount them. */
  readonly folder: string;
  /** The worker's environment, where `FLOTILLA_SECRET_<NAME>` may hold what has no file. */
  readonly environment: Environment;
}

/** Longer ones do not fit into a variable of a process on Linux (128 KiB with its name). */
export const secretLimitBytes = 64 * 1024;

export function createSecretSource({ folder, environment }: SecretSourceOptions): SecretSource {
  return async (name) => {
    const path = join(folder, name);
    const variable = `FLOTILLA_SECRET_${name}`;
    const value = (await readSecretFile(name, path)) ?? environment[variable] ?? '';
    if (value === '') {
      throw new Misconfigured(
        `secret "${name}" has no value on this worker: put it into the file ${path}, or into the worker's ${variable}`,
      );
    }
    return checked(name, value);
  };
}

async function readSecretFile(name: string, path: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(path);
    if (!isUtf8(bytes)) {
      throw new Misconfigured(`secret "${name}": ${path} is not UTF-8 text; encode its bytes, as base64 say`);
    }
    return bytes.toString().replace(/\r?\n$/, '');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') {
      return undefined;
    }
    if (error instanceof Misconfigured) {
      throw error;
    }
    throw new Misconfigured(
      `secret "${name}": ${path} cannot be read (${errorCode(error)}); let the worker's user read it`,
    );
  }
}

function checked(name: string, value: string): string {
  if (value.includes('\0')) {
    throw new Misconfigured(`secret "${name}" holds a NUL byte, which no variable of a process can hold`);
  }
  if (Buffer.byteLength(value) > secretLimitBytes) {
    throw new Misconfigured(
      `secret "${name}" is longer than ${secretLimitBytes} bytes; hand over a file instead`,
    );
  }
  return value;
}
