import { link, readFile, rename, rm } from 'node:fs/promises';
import { identityOf, type ProcessIdentity } from '@flotilla/embedded';
import { StartError } from '@flotilla/runtime';
import { z } from 'zod';
import { writePrivateFile } from '../private-file.ts';
import { isRunning } from './is-running.ts';

const ownerSchema = z.object({ pid: z.int(), startTime: z.string(), url: z.string().nullable() });
type Owner = z.output<typeof ownerSchema>;

/** Held by the one `up` of a folder. */
export type Lock = {
  /** Tells those who come later where this one runs. */
  announce(url: string): Promise<void>;
  release(): Promise<void>;
};

/**
 * Takes the lock file, or takes it over from a process that is gone.
 *
 * @throws StartError that names the url and pid of the running owner
 */
export async function takeLock(path: string): Promise<Lock> {
  const self = await identityOf(process.pid);
  if (self === undefined) {
    throw new Error(`the process table does not know pid ${process.pid}`);
  }
  const write = (url: string | null, to: string) => writePrivateFile(to, JSON.stringify({ ...self, url }));
  await claim(path, self, write);
  return {
    announce: (url) => write(url, path),
    release: () => rm(path, { force: true }),
  };
}

async function claim(
  path: string,
  self: ProcessIdentity,
  write: (url: string | null, to: string) => Promise<void>,
): Promise<void> {
  const offer = `${path}.offer-${self.pid}`;
  await write(null, offer);
  try {
    while (!(await linked(offer, path))) {
      const owner = await ownerOf(path);
      if (owner !== undefined && (await isRunning(owner))) {
        throw refusal(owner);
      }
      await moveAway(path, owner);
    }
  } finally {
    await rm(offer, { force: true });
  }
}

/** `link` is what makes it a lock: of several at once, one succeeds, and the file is complete at once. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** Removes a dead owner's file, and puts it back where meanwhile somebody else has taken over. */
async function moveAway(path: string, dead: Owner | undefined): Promise<void> {
  const aside = `${path}.stale-${process.pid}`;
  try {
    await rename(path, aside);
  } catch {
    return; // somebody was faster
  }
  const moved = await ownerOf(aside);
  if (moved !== undefined && (moved.pid !== dead?.pid || moved.startTime !== dead.startTime)) {
    await linked(aside, path);
  }
  await rm(aside, { force: true });
}

async function ownerOf(path: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined; // gone, or not a lock of ours
  }
}

function refusal({ pid, url }: Owner): StartError {
  const where = url === null ? 'is already starting' : `already runs at ${url}`;
  return new StartError(`a fleet ${where} (pid ${pid}): stop that one, or choose another --dir`);
}
