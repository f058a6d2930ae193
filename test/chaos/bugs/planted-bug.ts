import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parsePatch } from 'diff';
import type { SourcePatch } from '../fleet/apply-patches.ts';
import { UsageError } from '../options.ts';

/** A rule broken on purpose: a unified diff of our sources, under a header that says what it is about. */
export interface PlantedBug {
  readonly name: string;
  /** The rules that it breaks: `CL-2`. */
  readonly rule: string;
  /** Which scenario shows it. */
  readonly scenario: string;
  /** The invariant that the checker must find violated. */
  readonly red: string;
  readonly patches: readonly SourcePatch[];
}

/** The named bugs of a folder, or all of them. Throws UsageError where there is none of a name. */
export async function readBugs(folder: string, names: readonly string[]): Promise<PlantedBug[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.patch')).sort();
  const known = files.map((file) => basename(file, '.patch'));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`no bug "${unknown}": there are ${known.join(', ')}`);
  const wanted = names.length === 0 ? known : names;
  return Promise.all(
    wanted.map(async (name) => parseBug(name, await readFile(join(folder, `${name}.patch`), 'utf8'))),
  );
}

/** Throws where the header lacks a field, or nothing is changed. */
export function parseBug(name: string, text: string): PlantedBug {
  const start = text.search(/^--- /m);
  const header = new Map(
    [...text.slice(0, start).matchAll(/^(\w+): (.+)$/gm)].map(([, key, value]) => [key, value]),
  );
  const field = (key: string) => {
    const value = header.get(key);
    if (value === undefined) throw new Error(`bug ${name} has no line "${key}: …" in its header`);
    return value;
  };
  const patches = parsePatch(text.slice(start)).map((patch) => ({
    bug: name,
    file: (patch.oldFileName ?? '').replace(/^a\//, ''),
    patch,
  }));
  if (start < 0 || patches.length === 0) throw new Error(`bug ${name} changes nothing`);
  return { name, rule: field('rule'), scenario: field('scenario'), red: field('red'), patches };
}
