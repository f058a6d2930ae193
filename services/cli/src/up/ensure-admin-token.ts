/** Stands in until the store has it. */
export async function ensureAdminToken(_url: string, _token: string): Promise<void> {
  await Promise.resolve();
}
