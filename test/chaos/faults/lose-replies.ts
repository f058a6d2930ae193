import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '../../support/bundles.ts';
import type { ServerName } from '../../support/servers.ts';
import type { TcpProxy } from '../../support/tcp-proxy.ts';
import type { FaultKind } from './fault.ts';

/** So long a question is waited for, and then its reply. */
const questionMs = 3_000;
const replyMs = 200;

/** The next question of a service that holds these bytes is carried out, and its reply is lost with its connection. */
export function loseReply(service: ServiceName, server: ServerName, bytes: string): FaultKind {
  return {
    name: `reply to ${bytes} lost`,
    weight: 1,
    aim(stage, chance) {
      const seat = chance.pick(stage.seatsOf(service));
      return {
        target: `${seat.name} to ${server}`,
        inject: () => loseOne(seat.lines.to[server], bytes),
      };
    },
  };
}

export async function loseOne(line: TcpProxy, bytes: string): Promise<void> {
  await Promise.race([line.strikeAt(bytes, 'swallow'), sleep(questionMs)]);
  await sleep(replyMs);
  line.pass();
}
