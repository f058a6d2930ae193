import { StartError } from './start-error.ts';

/** What a service cannot start without, and cannot open, is the operator's to mend: one line, no stack. */
export async function orRefuseToStart<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
