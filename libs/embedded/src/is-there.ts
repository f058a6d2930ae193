import { access, constants } from 'node:fs/promises';

/** Whether the path leads to something, with the wanted access (as `constants.X_OK`). */
export function isThere(path: string, wanted: number = constants.F_OK): Promise<boolean> {
  return access(path, wanted).then(
    () => true,
    () => false,
  );
}
