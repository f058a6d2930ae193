import { setTimeout as sleep } from 'node:timers/promises';
import type { TestServer } from '../../support/servers.ts';

/** A server that takes connections and says nothing: slow, for as long as it lasts. */
export async function freezeServer(server: TestServer, forMs: number): Promise<void> {
  const running = server.running();
  running.kill('SIGSTOP');
  await sleep(forMs);
  running.kill('SIGCONT');
}
