/**
 * Does works side by side. The first that fails aborts the signal of the others, and its error is thrown
 * when all have ended: nothing goes on behind the back of whoever cleans up.
 */
export async function together<Value>(
  signal: AbortSignal,
  works: ReadonlyArray<(signal: AbortSignal) => Promise<Value>>,
): Promise<Value[]> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  let cause: unknown;
  const results = await Promise.all(
    works.map(async (work) => {
      try {
        return [await work(both)];
      } catch (error) {
        if (!failed.signal.aborted) {
          cause = error;
          failed.abort();
        }
        return [];
      }
    }),
  );
  if (failed.signal.aborted) {
    throw cause;
  }
  return results.flat();
}
