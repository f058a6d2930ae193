import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errorCode } from './error-code.ts';
import { Misconfigured } from './misconfigured.ts';

/** Where programs are looked for when a turn has no PATH, as `execvp` does. */
const pathWithoutPath = '/bin:/usr/bin';

/** The folder that a job names is there and may be entered, or `Misconfigured`. */
export async function checkWorkingFolder(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw new Misconfigured(
      `turn.cwd ${path} is not usable on this worker (${errorCode(error)}); make the folder, or leave "cwd" out`,
    );
  });
  if (!found.isDirectory()) {
    throw new Misconfigured(`turn.cwd ${path} is not a folder`);
  }
  await access(path, constants.X_OK).catch(() => {
    throw new Misconfigured(
      `turn.cwd ${path} may not be entered by the worker's user; change its mode or owner`,
    );
  });
}

/**
 * The absolute path of a program as the turn would find it: by PATH, or from its folder where it holds a slash.
 * It is looked up here since a wrapper's exit code could not tell a missing program from a program's own 127.
 */
export async function findProgram(
  word: string,
  cwd: string,
  searchPath: string = pathWithoutPath,
): Promise<string> {
  if (word.includes('/')) {
    const path = resolve(cwd, word);
    const problem = await whyNotExecutable(path);
    if (problem !== null) {
      throw new Misconfigured(`the program ${path} ${problem}`);
    }
    return path;
  }
  let problemOfFound: string | null = null;
  for (const folder of searchPath.split(':')) {
    const path = resolve(cwd, folder, word);
    const problem = await whyNotExecutable(path);
    if (problem === null) {
      return path;
    }
    problemOfFound ??= problem === missing ? null : `the program ${path} ${problem}`;
  }
  throw new Misconfigured(
    problemOfFound ??
      `the program "${word}" is in no folder of PATH (${searchPath}); install it on this worker, or give its absolute path`,
  );
}

const missing = 'is not there; install it on this worker, or correct the path';

async function whyNotExecutable(path: string): Promise<string | null> {
  try {
    if (!(await stat(path)).isFile()) {
      return 'is not a file';
    }
    await access(path, constants.X_OK);
    return await whyNotInterpreted(path);
  } catch (error) {
    const code = errorCode(error);
    return code === 'EACCES' || code === 'EPERM'
      ? "may not be executed by the worker's user; change its mode or owner"
      : missing;
  }
}

/** As much of a first line as Linux reads. */
const firstLineBytes = 256;

/** A script whose first line names an interpreter that is not there: the wrapper could not tell it from a plain 127. */
async function whyNotInterpreted(path: string): Promise<string | null> {
  const interpreter = await readInterpreter(path).catch(() => null); // what may be executed need not be readable
  if (interpreter === null) return null;
  const problem = await access(interpreter, constants.X_OK).then(
    () => null,
    (error: unknown) => errorCode(error),
  );
  return problem === null
    ? null
    : `names an interpreter in its first line, ${interpreter}, that cannot be run (${problem}); install it on this worker, or correct the line`;
}

async function readInterpreter(path: string): Promise<string | null> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(firstLineBytes));
    const line = buffer.toString('latin1', 0, bytesRead);
    return /^#![ \t]*(?<interpreter>\/[^ \t\n]*)/.exec(line)?.groups?.['interpreter'] ?? null;
  } finally {
    await file.close();
  }
}
