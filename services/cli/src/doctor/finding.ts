/** What one check has found, in one line: what is, and where that is wrong what to do about it. */
export type Finding =
  | { readonly verdict: 'fine'; readonly check: string; readonly says: string }
  | { readonly verdict: 'wrong'; readonly check: string; readonly says: string; readonly remedy: string };

export function fine(check: string, says: string): Finding {
  return { verdict: 'fine', check, says };
}

/** Both texts go on one line: `<says>: <remedy>`. */
export function wrong(check: string, says: string, remedy: string): Finding {
  return { verdict: 'wrong', check, says, remedy };
}
