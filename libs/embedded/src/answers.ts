import { connect } from 'node:net';
import type { Address } from './address.ts';

const patienceMs = 2_000;

/** Redis and NATS both begin the line of an error with a dash. */
const refusal = /^-/m;

/** Says something to Redis or NATS and waits for what is expected. False if it refuses, or on any error, or after 2 s. */
export function answers(address: Address, said: string, expected: string): Promise<boolean> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect({ host: address.clientHost, port: address.port });
    const end = (answered: boolean): void => {
      resolve(answered);
      socket.destroy();
    };
    socket.setEncoding('utf8').setTimeout(patienceMs);
    socket.on('connect', () => socket.write(said));
    socket.on('data', (chunk) => {
      heard += chunk;
      if (heard.includes(expected)) end(true);
      else if (refusal.test(heard)) end(false);
    });
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
  });
}
