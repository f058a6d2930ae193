import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from './crew.ts';

const roots = ['/usr/lib', '/usr/local/lib'];

/** Where the library of the package `faketime` lies; null where it is not installed. */
export const fakeTimeLibrary = findLibrary();

/** Variables under which a process has a wall clock that is off by `offset` (`+5s`); durations stay as they are. */
export function offsetClock(offset: string): Settings {
  return { ...fakedClock(), FAKETIME: offset };
}

/** The same, where the offset stands in a file and may be changed while the process runs. */
export function steppedClock(offsetFile: string): Settings {
  return { ...fakedClock(), FAKETIME_TIMESTAMP_FILE: offsetFile, FAKETIME_NO_CACHE: '1' };
}

function fakedClock(): Settings {
  if (fakeTimeLibrary === null) throw new Error('libfaketime is not installed');
  return { LD_PRELOAD: fakeTimeLibrary, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

/** Debian keeps it in a folder that is named after the machine. */
function findLibrary(): string | null {
  const folders = roots.flatMap((root) =>
    existsSync(root) ? [root, ...readdirSync(root).map((name) => join(root, name))] : [],
  );
  const files = folders.map((folder) => join(folder, 'faketime', 'libfaketimeMT.so.1'));
  return files.find((file) => existsSync(file)) ?? null;
}
