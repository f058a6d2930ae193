/** Prisma gives instants as Dates; everything of ours counts epoch milliseconds. */
export function epochMs(at: Date): number {
  return at.getTime();
}

export function epochMsOrNull(at: Date | null): number | null {
  return at === null ? null : at.getTime();
}
