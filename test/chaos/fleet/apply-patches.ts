import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { applyPatch, type StructuredPatch } from 'diff';
import type { Plugin } from 'esbuild';

/** What a planted bug changes in one of our sources; the file is named from the checkout's folder. */
export interface SourcePatch {
  readonly bug: string;
  readonly file: string;
  readonly patch: StructuredPatch;
}

/** A planted bug that the sources have outgrown. */
export class PatchRefused extends Error {
  override readonly name = 'PatchRefused';
}

/** Our sources with the patches applied, in memory alone. */
export function applyPatches(root: string, patches: readonly SourcePatch[]): Plugin {
  return {
    name: 'planted-bugs',
    setup({ onLoad }) {
      if (patches.length === 0) return;
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const wanted = patches.filter(({ file }) => file === relative(root, path));
        if (wanted.length === 0) return undefined;
        return { contents: patched(await readFile(path, 'utf8'), wanted), loader: 'ts' };
      });
    },
  };
}

/** Throws PatchRefused where one does not apply to the sources as they are; asked before a fleet is started. */
export async function checkPatches(root: string, patches: readonly SourcePatch[]): Promise<void> {
  for (const each of patches) patched(await readFile(join(root, each.file), 'utf8'), [each]);
}

function patched(source: string, patches: readonly SourcePatch[]): string {
  let text = source;
  for (const { bug, file, patch } of patches) {
    const result = applyPatch(text, patch, { fuzzFactor: 1 });
    if (result === false) throw new PatchRefused(`bug ${bug} does not apply to ${file} any more`);
    text = result;
  }
  return text;
}
