import type { ApiClient } from './api-client.ts';

interface LoginLinkBody {
  readonly path: string;
  readonly expiresAt: string;
}

/** An address that logs one browser in, once, in the role of the client's token. */
export async function createLoginLink(api: ApiClient): Promise<{ url: string; expiresAt: string }> {
  const { body } = await api.send<LoginLinkBody>('POST', ['login-links']);
  return { url: api.address(body.path), expiresAt: body.expiresAt };
}
