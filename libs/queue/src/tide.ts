import type { Redis } from 'ioredis';
import { keyPrefix } from './names.ts';

/**
 * What Redis says to the ledger's last number. `kept`: it has all that the ledger believes it to have, and counted on to
 * `number`. `lost`: it has no number, an older one, or one of another life (`epoch`, 0 for none): it was flushed, rewound
 * or exchanged.
 */
export type TideAnswer =
  | { readonly kind: 'kept'; readonly number: number }
  | { readonly kind: 'lost'; readonly epoch: number };

/** RB-3: the number by which it is seen whether Redis still has what it was given. */
export interface Tide {
  /**
   * Gives the life of the queue and the last number that the ledger has recorded of it. 0: none yet, so that a Redis
   * without a number has lost nothing, and begins to count in this life.
   */
  compare(epoch: number, number: number): Promise<TideAnswer>;
}

/**
 * Where something was lost it sets nothing: asked again, because the reply was cut, it gives the same answer. Counting on
 * twice is harmless.
 */
const compareAndCount = `
local epoch, number = tonumber(ARGV[1]), tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'epoch', 'number')
local heldEpoch, heldNumber = tonumber(held[1] or 0), tonumber(held[2] or 0)
if heldEpoch < epoch and number == 0 then
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'number', 0)
elseif heldEpoch ~= epoch or heldNumber < number then
  return {0, heldEpoch}
end
return {1, redis.call('HINCRBY', KEYS[1], 'number', 1)}`;

export function createTide(connection: Redis): Tide {
  return {
    async compare(epoch, number) {
      const reply = await connection.eval(compareAndCount, 1, `${keyPrefix}:tide`, epoch, number);
      const [isKept, value] = reply as [number, number];
      return isKept === 1 ? { kind: 'kept', number: value } : { kind: 'lost', epoch: value };
    },
  };
}
