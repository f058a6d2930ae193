import { maskUserInfo } from '@flotilla/runtime';
import type { ServerName } from '../up/servers.ts';
import type { FoundServer } from './find-fleet.ts';
import { type Finding, wrong } from './finding.ts';

/** Lets `examine` look at a server. That it cannot be used, or does not let itself be looked at, is a finding too. */
export async function examineServer(
  name: ServerName,
  server: FoundServer,
  examine: (url: string, address: string) => Promise<Finding[]>,
): Promise<Finding[]> {
  if (server.url === null) return [wrong(name, server.why, server.remedy)];
  try {
    return await examine(server.url, addressOf(server.url));
  } catch (error) {
    const why = maskUserInfo(error instanceof Error ? error.message : String(error));
    return [wrong(name, `${why.replaceAll(/\s*\n\s*/g, ' ')} (${addressOf(server.url)})`, server.remedy)];
  }
}

/** Without credentials. */
function addressOf(url: string): string {
  if (!URL.canParse(url)) return 'no URL';
  const { host, pathname } = new URL(url);
  return `${host}${pathname.replace(/\/$/, '')}`;
}
