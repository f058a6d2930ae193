import { connectRedis } from '@flotilla/queue';
import { waitFor } from '../../support/wait-for.ts';
import type { Stage } from '../fleet/stage.ts';

/** Whatever the faults have left behind: all servers answer, all lines pass, each seat has a process that is ready. */
export async function heal({ servers, seats }: Stage): Promise<void> {
  for (const server of [servers.postgres, servers.redis, servers.nats]) {
    server.running().kill('SIGCONT');
    const answers = await server.spec.ready().catch(() => false);
    if (answers) continue;
    await server.crash();
    await server.restart();
  }
  const redis = await connectRedis(servers.redis.url, 'asking', () => undefined);
  await redis.call('REPLICAOF', 'NO', 'ONE');
  await redis.call('CONFIG', 'SET', 'maxmemory', '0');
  redis.disconnect();
  for (const { lines, process } of seats) {
    for (const line of Object.values(lines.to)) line.pass();
    if (process().ended() === undefined) process().signal('SIGCONT');
  }
  const patience = { withinMs: 120_000, everyMs: 500 };
  await Promise.all(
    seats.map((seat) => waitFor(`${seat.name} to be ready again`, () => seat.isReady(), patience)),
  );
}
