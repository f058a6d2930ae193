import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bytesWords } from './bytes-words.ts';
import { type Finding, fine, wrong } from './finding.ts';

/** Below this, servers stop taking writes before anybody has looked. */
export const leastFreeBytes = 1024 ** 3;

/** Whether the disk below a folder has room. A folder that is not made yet is asked of the one that will hold it. */
export async function checkDisk(folder: string, leastBytes = leastFreeBytes): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    const says = `${bytesWords(freeBytes)} free below ${folder}`;
    return freeBytes < leastBytes
      ? wrong('disk', `only ${says}`, `make room, at least ${bytesWords(leastBytes)}`)
      : fine('disk', says);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(folder) !== folder) return await checkDisk(dirname(folder), leastBytes);
    return wrong('disk', `${folder} cannot be looked at (${code})`, 'let this user read it');
  }
}
