/** The clock of `@flotilla/runtime`, which the guard does not load: it stays small. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
