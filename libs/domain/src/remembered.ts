/** A pure function that keeps its last `capacity` results, the oldest forgotten first: bounded, unlike a plain map. */
export function remembered<Arguments extends readonly (string | number)[], Result>(
  capacity: number,
  compute: (...args: Arguments) => Result,
): (...args: Arguments) => Result {
  const results = new Map<string, Result>();
  return (...args) => {
    const key = args.join('\n');
    const known = results.get(key);
    if (known !== undefined) return known;
    const result = compute(...args);
    const [oldest] = results.keys();
    if (results.size >= capacity && oldest !== undefined) results.delete(oldest);
    results.set(key, result);
    return result;
  };
}
