import { InvalidArgumentError } from 'commander';

export type UpOptions = {
  readonly demo: boolean;
  readonly workers: number;
  /** Undefined: 7420, or a free one where it is taken. */
  readonly port: number | undefined;
  readonly host: string;
  readonly dir: string;
  readonly fresh: boolean;
  readonly yes: boolean;
};

export const DEFAULT_WORKERS = 2;
const MAX_WORKERS = 64;

export function parseWorkers(text: string): number {
  return wholeNumber(text, 0, MAX_WORKERS);
}

export function parsePort(text: string): number {
  return wholeNumber(text, 1, 65_535);
}

function wholeNumber(text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new InvalidArgumentError(`A whole number from ${min} to ${max} is expected.`);
  }
  return value;
}
