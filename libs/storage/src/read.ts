import { Prisma } from '@flotilla/prisma';
import { asStorageError } from './errors.ts';

/** A plain read through Prisma: no answer is `StorageUnavailable`, as it is for a statement. */
export async function read<T>(query: PromiseLike<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (error instanceof Prisma.PrismaClientValidationError) throw error; // our mistake, not the server's
    throw asStorageError(error instanceof Error && error.cause !== undefined ? error.cause : error);
  }
}
