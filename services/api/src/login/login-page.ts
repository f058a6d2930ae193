import { randomBytes } from 'node:crypto';
import type { FastifyReply } from 'fastify';

/** Under a policy that lets browsers run nothing but the page's own script. */
export function sendLoginPage(reply: FastifyReply): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  return reply
    .headers({ 'content-security-policy': policyWith(nonce), 'cache-control': 'no-store' })
    .type('text/html; charset=utf-8')
    .send(pageWith(nonce));
}

const policyWith = (nonce: string) =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** A link carries its code behind the "#", which browsers send to nobody: neither to us nor into any log. */
const pageWith = (nonce: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Log in to Flotilla</title>
<style nonce="${nonce}">
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { display: grid; min-height: 100vh; margin: 0; place-content: center; }
  form { display: grid; gap: 0.75rem; width: min(24rem, 90vw); }
  h1 { margin: 0; font-size: 1.5rem; }
  input, button { padding: 0.6rem; font: inherit; border: 1px solid GrayText; border-radius: 0.4rem; }
  output { min-height: 1.5em; color: #c0392b; }
</style>
</head>
<body>
<form>
  <h1>Flotilla</h1>
  <label for="token">Token</label>
  <input id="token" type="password" autocomplete="current-password" required autofocus>
  <button>Log in</button>
  <output role="alert"></output>
</form>
<script nonce="${nonce}">
  const form = document.querySelector('form');
  async function logIn(body) {
    const reply = await fetch('/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (reply.ok) return location.replace('/queues');
    document.querySelector('output').value = (await reply.json()).detail;
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    logIn({ token: document.querySelector('#token').value });
  });
  const link = location.hash.slice(1);
  if (link !== '') {
    history.replaceState(null, '', '/login');
    logIn({ link });
  }
</script>
</body>
</html>
`;
