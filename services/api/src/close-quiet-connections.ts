import type { App } from './app.ts';

/**
 * Lets a closing server end as soon as its requests have. Node takes a connection on which nothing was asked yet, such
 * as a browser opens ahead, for a busy one and waits a minute for it.
 */
export function closeQuietConnections(app: App): void {
  let underWay = 0;
  let isClosing = false;
  const closeIfQuiet = () => {
    if (isClosing && underWay === 0) app.server.closeAllConnections();
  };
  app.server.on('request', (_request, response) => {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      setImmediate(closeIfQuiet);
    });
  });
  app.addHook('preClose', async () => {
    isClosing = true;
    setImmediate(closeIfQuiet);
  });
}
