import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Environment, parseConfig, secret, variable } from '@flotilla/runtime';
import { z } from 'zod';
import { CommandError } from '../command-error.ts';

/** Where the API is, what to show it, and who said so. */
export interface Server {
  /** Ends with "/". */
  readonly url: string;
  readonly token: string;
  /** What a message about a wrong address or token names: a variable or a file. */
  readonly source: string;
}

const variables = {
  url: variable('FLOTILLA_URL', z.string().optional()),
  token: secret('FLOTILLA_TOKEN', z.string().optional()),
};

/** What `flotilla up` leaves in its data folder for those who call from there or from below. */
const clientFile = join('.flotilla', 'client.json');
const clientFileSchema = z.object({ url: z.string(), token: z.string() });

/** Looks into the environment, then for the file of a local fleet, from `folder` upwards. */
export async function findServer(environment: Environment, folder: string): Promise<Server> {
  const { url, token } = parseConfig(environment, variables);
  if (url !== undefined) {
    if (token !== undefined) return { url: baseUrl(url, 'FLOTILLA_URL'), token, source: 'FLOTILLA_URL' };
    throw new CommandError(
      'usage',
      'FLOTILLA_URL is set, but neither FLOTILLA_TOKEN nor FLOTILLA_TOKEN_FILE is',
    );
  }
  for (const above of foldersUpwards(folder)) {
    const path = join(above, clientFile);
    const text = await readIfThere(path);
    if (text !== null) return readClientFile(text, path);
  }
  throw new CommandError(
    'unreachable',
    `no fleet is known here: start one with npm start, or set FLOTILLA_URL and FLOTILLA_TOKEN (no ${clientFile} in ${folder} or above)`,
  );
}

function readClientFile(text: string, path: string): Server {
  const parsed = clientFileSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new CommandError(
      'usage',
      `${path} is not { "url", "token" }: start the fleet again, or remove the file`,
    );
  }
  return { url: baseUrl(parsed.data.url, path), token: parsed.data.token, source: path };
}

/** A path in the address is kept: the API may stand behind a proxy. */
function baseUrl(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '') {
    throw new CommandError('usage', `the address in ${source} is not one such as http://127.0.0.1:7420`);
  }
  return `${url.origin}${url.pathname.replace(/\/*$/, '/')}`;
}

function* foldersUpwards(folder: string): Generator<string> {
  yield folder;
  const parent = dirname(folder);
  if (parent !== folder) yield* foldersUpwards(parent);
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new CommandError(
      'usage',
      `${path} cannot be read (${code}): ask its owner, or set FLOTILLA_URL and FLOTILLA_TOKEN`,
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
