/** Tokens that are remembered at most: an older one is handed back like any other claim that nobody knows here. */
const rememberedTokens = 10_000;

/** CL-3: tokens of claims that were given up. Whatever they get is never started, and goes back as soon as it is seen. */
export interface GivenUpClaims {
  add(token: string): void;
  has(token: string): boolean;
}

export function createGivenUpClaims(limit: number = rememberedTokens): GivenUpClaims {
  const tokens = new Set<string>();
  return {
    add(token) {
      tokens.add(token);
      for (const oldest of tokens) {
        if (tokens.size <= limit) return;
        tokens.delete(oldest);
      }
    },
    has: (token) => tokens.has(token),
  };
}
