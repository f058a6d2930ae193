import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createTcpPipe, type TcpPipe } from './tcp-pipe.ts';

/** `all`: present connections, and new ones until `pass`. */
export type Which = 'all' | 'present' | 'new';

/**
 * `cut`: reset; new ones are reset as soon as they come. `swallow`: what the client says comes through, what it is
 * answered is lost. `hold`: silence both ways, while each side takes the connection for good; what was said comes
 * through after `pass`, as on a line that was mended. `{ delayMs }`: each way takes so much longer.
 */
export type Fault = 'cut' | 'swallow' | 'hold' | { readonly delayMs: number };

export interface TcpProxyCounts {
  /** Connections since the start. */
  readonly opened: number;
  readonly open: number;
  /** Connections that are held, or whose answers are being swallowed. */
  readonly silent: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly bytesLost: number;
}

/** A line to one server on loopback, which a test breaks and mends. */
export interface TcpProxy {
  /** The server's url, by way of the line. */
  readonly url: string;
  strike(fault: Fault, which?: Which): void;
  /**
   * Strikes the first connection whose client sends these bytes: once, and no other. A question whose answers are
   * swallowed is passed on; one that is cut or held is not. Resolves when it has struck.
   */
  strikeAt(bytes: string, fault: Exclude<Fault, object>): Promise<void>;
  /** Mends the line: connections that lost bytes are cut, all others go on. Forgets what was to strike. */
  pass(): void;
  counts(): TcpProxyCounts;
  close(): Promise<void>;
}

interface Connection {
  readonly strike: (fault: Fault | 'pass') => void;
  readonly isSilent: () => boolean;
}

interface Trap {
  readonly bytes: string;
  readonly fault: Exclude<Fault, object>;
  readonly sprung: () => void;
}

/** Opens a line to the server of a url. */
export async function openTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const connections = new Set<Connection>();
  const count = { opened: 0, bytesUp: 0, bytesDown: 0, bytesLost: 0 };
  let ofNewOnes: readonly Fault[] = [];
  let traps: readonly Trap[] = [];

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    count.opened += 1;
    if (ofNewOnes.includes('cut')) {
      near.on('error', () => undefined);
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
    const connection = join(near, far);
    for (const fault of ofNewOnes) connection.strike(fault);
  });

  function join(near: Socket, far: Socket): Connection {
    const spring = watchFor((trap) => connection.strike(trap.fault));
    const onLost = (lost: number) => {
      count.bytesLost += lost;
    };
    const up = createTcpPipe({
      from: near,
      to: far,
      onLost,
      onBytes(bytes) {
        count.bytesUp += bytes.length;
        spring(bytes);
      },
    });
    const down = createTcpPipe({
      from: far,
      to: near,
      onLost,
      onBytes: ({ length }) => {
        count.bytesDown += length;
      },
    });
    const connection = connectionOf([near, far], up, down);
    connections.add(connection);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (other.destroyed) connections.delete(connection);
      });
    }
    return connection;
  }

  /** Sees bytes also where they come in pieces. */
  function watchFor(onSeen: (trap: Trap) => void): (bytes: Buffer) => void {
    let tail = '';
    return (bytes) => {
      if (traps.length === 0) {
        tail = '';
        return;
      }
      const seen = tail + bytes.toString('latin1');
      const trap = traps.find((each) => seen.includes(each.bytes));
      tail = trap === undefined ? seen.slice(1 - Math.max(...traps.map((each) => each.bytes.length))) : '';
      if (trap === undefined) return;
      traps = traps.filter((each) => each !== trap);
      onSeen(trap);
      trap.sprung();
    };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = server.address() as AddressInfo;
  return {
    url: Object.assign(new URL(target), { hostname: own.address, port: String(own.port) }).href,
    strike(fault, which = 'all') {
      if (which !== 'present') ofNewOnes = [...ofNewOnes, fault];
      if (which === 'new') return;
      for (const connection of connections) connection.strike(fault);
    },
    strikeAt: (bytes, fault) =>
      new Promise((sprung) => {
        traps = [...traps, { bytes, fault, sprung }];
      }),
    pass() {
      ofNewOnes = [];
      traps = [];
      for (const connection of connections) connection.strike('pass');
    },
    counts: () => ({
      ...count,
      open: connections.size,
      silent: [...connections].filter(({ isSilent }) => isSilent()).length,
    }),
    async close() {
      for (const connection of connections) connection.strike('cut');
      server.close();
      await once(server, 'close');
    },
  };
}

function connectionOf(sockets: readonly Socket[], up: TcpPipe, down: TcpPipe): Connection {
  let isSilent = false;

  function cut(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  function flow(upwards: 'pass' | 'hold', downwards: 'pass' | 'hold' | 'drop'): void {
    isSilent = downwards !== 'pass';
    up.flow(upwards);
    down.flow(downwards);
  }

  return {
    isSilent: () => isSilent,
    strike(fault) {
      if (fault === 'cut' || (fault === 'pass' && (up.hasLost() || down.hasLost()))) return cut();
      if (fault === 'swallow') return flow('pass', 'drop');
      if (fault === 'hold') return flow('hold', 'hold');
      if (fault === 'pass') flow('pass', 'pass');
      for (const pipe of [up, down]) pipe.delay(fault === 'pass' ? 0 : fault.delayMs);
    },
  };
}
