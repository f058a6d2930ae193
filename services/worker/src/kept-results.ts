/** SE-2: a slot is not held longer for a database that takes no result; the result is kept and offered on. */
const slotHeldMs = 60_000;
/** Results that are kept without a slot, each of at most 128 KiB. Where there are more, they hold their slots. */
const keptResultsLimit = 200;

/** Results that the ledger has not taken yet and that hold no slot any more. */
export interface KeptResults {
  /** Resolves with the end of `offering`, or earlier, where the result is kept without its slot. */
  whileOffered(offering: Promise<void>): Promise<void>;
  count(): number;
}

export function createKeptResults(
  heldMs: number = slotHeldMs,
  limit: number = keptResultsLimit,
): KeptResults {
  let kept = 0;
  return {
    async whileOffered(offering) {
      let timer: NodeJS.Timeout | undefined;
      const held = new Promise<false>((resolve) => {
        timer = setTimeout(() => resolve(false), heldMs);
      });
      const isOver = await Promise.race([offering.then(() => true), held]).finally(() => clearTimeout(timer));
      if (isOver || kept >= limit) return offering;
      kept += 1;
      void offering.finally(() => {
        kept -= 1;
      });
    },
    count: () => kept,
  };
}
