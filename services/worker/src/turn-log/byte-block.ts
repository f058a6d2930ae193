/** Bytes up to a fixed limit, in memory that grows as they come. */
export interface ByteBlock {
  /** Takes what fits; returns the rest. */
  write(chunk: Buffer): Buffer;
  /** All that was taken; a view, not a copy. */
  bytes(): Buffer;
}

export function createByteBlock(limitBytes: number): ByteBlock {
  let memory = Buffer.alloc(0);
  let length = 0;
  return {
    write(chunk) {
      const wanted = Math.min(limitBytes, length + chunk.length);
      if (wanted > memory.length) {
        const grown = Buffer.allocUnsafe(Math.min(limitBytes, 2 * wanted));
        memory.copy(grown, 0, 0, length);
        memory = grown;
      }
      const taken = chunk.copy(memory, length);
      length += taken;
      return chunk.subarray(taken);
    },
    bytes: () => memory.subarray(0, length),
  };
}
