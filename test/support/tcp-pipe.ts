import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What becomes of the bytes of one direction: they come through, wait, or are lost. */
export type Flow = 'pass' | 'hold' | 'drop';

/** One direction of a connection. The end of `from` travels like its bytes: it is held, lost and delayed with them. */
export interface TcpPipe {
  flow(flow: Flow): void;
  /** From now on each byte comes so much later. */
  delay(ms: number): void;
  /** Something of this direction is lost: what came now would be out of its place. */
  hasLost(): boolean;
}

export interface TcpPipeOptions {
  readonly from: Socket;
  readonly to: Socket;
  /** Before the bytes are let in. */
  readonly onBytes: (bytes: Buffer) => void;
  readonly onLost: (count: number) => void;
}

const end = Symbol('end');

export function createTcpPipe({ from, to, onBytes, onLost }: TcpPipeOptions): TcpPipe {
  const queue: { readonly item: Buffer | typeof end; readonly atMs: number }[] = [];
  let [now, delayMs, hasLost, isPumping]: [Flow, number, boolean, boolean] = ['pass', 0, false, false];

  function take(item: Buffer | typeof end): void {
    if (now === 'drop') {
      hasLost = true;
      onLost(item === end ? 0 : item.length);
      return;
    }
    queue.push({ item, atMs: performance.now() + delayMs });
    void pump();
  }

  async function pump(): Promise<void> {
    if (isPumping) return;
    isPumping = true;
    for (let next = queue[0]; next !== undefined && now === 'pass'; next = queue[0]) {
      const waitMs = next.atMs - performance.now();
      if (waitMs > 0) {
        await sleep(waitMs);
        continue; // it may be held by now
      }
      queue.shift();
      if (next.item === end) to.end();
      else if (to.writable) to.write(next.item);
    }
    isPumping = false;
  }

  let hasEnded = false;
  const takeEnd = (): void => {
    if (!hasEnded) take(end);
    hasEnded = true;
  };
  from.on('data', (bytes: Buffer) => {
    onBytes(bytes);
    if (!from.destroyed) take(bytes);
  });
  from.on('end', takeEnd);
  from.on('close', takeEnd);

  return {
    flow(flow) {
      now = flow;
      if (flow === 'hold')
        from.pause(); // the sender's own buffers fill, as on a line that is gone
      else from.resume();
      void pump();
    },
    delay(ms) {
      delayMs = ms;
    },
    hasLost: () => hasLost,
  };
}
