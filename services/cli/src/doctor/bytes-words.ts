const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** An amount as people say it: `512 B`, `3.4 GiB`. */
export function bytesWords(bytes: number): string {
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const amount = bytes / 1024 ** step;
  return `${step === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[step]}`;
}
