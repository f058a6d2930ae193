/** Measures one round after the other. */
export async function repeat<T>(rounds: number, measure: (round: number) => Promise<T>): Promise<T[]> {
  const measured: T[] = [];
  for (let round = 1; round <= rounds; round++) measured.push(await measure(round));
  return measured;
}
