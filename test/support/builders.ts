/** A job document that runs a script; nothing starts it by itself. */
export function shellJob(
  script: string,
  more: { readonly turn?: object; readonly [field: string]: unknown } = {},
) {
  return { ...more, turn: { shell: script, ...more.turn } };
}

/** A schedule of one tick, so many milliseconds from now. */
export function inMs(delayMs: number) {
  return { at: new Date(Date.now() + delayMs).toISOString() };
}

/** A script that leaves a line in a file: proof of one start that no ledger can forget. */
export function leaveLine(file: string, line = '$FLOTILLA_RUN_ID'): string {
  return `echo "${line}" >> "${file}"`;
}
