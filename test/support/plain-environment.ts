const kept = ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR'];

/** What a process that a test starts gets from ours: nothing that could configure it. */
export function plainEnvironment(additions: Readonly<Record<string, string>> = {}): Record<string, string> {
  const own = kept.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(own), ...additions };
}
