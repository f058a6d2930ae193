// `npm run chaos -- --minutes N --seed S [--report FILE]`, `npm run chaos -- --bugs [NAME…]`
import { runBundled } from './run-bundled.mjs';

await runBundled('chaos/main.ts');
