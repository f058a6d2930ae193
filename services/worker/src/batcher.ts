export interface BatcherOptions<Item, Result> {
  /** Items that one batch takes at most. */
  readonly limit: number;
  /** How long the first item of a batch waits for others while another batch is under way; alone it waits for nobody. */
  readonly waitMs: number;
  /** Batches under way at most; what comes meanwhile collects. */
  readonly inFlight: number;
  /** One result for each item, in their order. An error is the error of every item. */
  readonly send: (items: readonly Item[]) => Promise<readonly Result[]>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Turns single questions into batches: each caller gets its own answer. */
export function createBatcher<Item, Result>(
  options: BatcherOptions<Item, Result>,
): (item: Item) => Promise<Result> {
  const { limit, waitMs, inFlight, send } = options;
  const waiting: Waiting<Item, Result>[] = [];
  let underWay = 0;
  let cancelFlush: (() => void) | undefined;

  function flush(): void {
    cancelFlush?.();
    cancelFlush = undefined;
    while (waiting.length > 0 && underWay < inFlight) void sendBatch(waiting.splice(0, limit));
  }

  /** What comes in the same turn goes together. */
  function flushSoon(): void {
    if (underWay === 0) {
      const immediate = setImmediate(flush);
      cancelFlush = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(flush, waitMs);
      cancelFlush = () => clearTimeout(timer);
    }
  }

  async function sendBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    underWay += 1;
    try {
      const results = await send(batch.map(({ item }) => item));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result === undefined) reject(new Error('the batch was answered without a result for this item'));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      underWay -= 1;
      flush();
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (waiting.length >= limit) flush();
      else if (cancelFlush === undefined) flushSoon();
    });
}
