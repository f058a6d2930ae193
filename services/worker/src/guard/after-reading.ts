/**
 * Acts after `ms`, and not before what was sent meanwhile is read: timers come first in the event loop, so that a process
 * that was frozen would judge by what it has not heard yet.
 */
export function afterReading(ms: number, act: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(() => setImmediate(act)), Math.ceil(ms));
}
