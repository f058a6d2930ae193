import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import { Pool } from 'pg';

/** Neither lib ES2023 nor the types of Node 20 know it. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: object } }>;
};

// Once per process: the glue caches views of the first instance's memory, a second instance panics.
let loaded: Promise<void> | undefined;

async function load(): Promise<void> {
  const panics = {
    set_message(message: string) {
      throw new Error(message);
    },
  };
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics });
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const bytes = await readFile(entry.replace(/\.js$/, '_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports as { __wbindgen_start(): void }).__wbindgen_start();
}

/**
 * Prisma's schema engine as WebAssembly over our own connection, so that no native engine is needed. It leaves a
 * timer of 10 s behind: a command that used it exits by itself only after that.
 */
export async function withSchemaEngine<T>(
  url: string,
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  loaded ??= load();
  await loaded;
  const pool = new Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 10_000 });
  const script: { failure?: Error } = {};
  try {
    const factory = bindMigrationAwareSqlAdapterFactory(wholeScripts(new PrismaPg(pool), pool, script));
    const engine = await glue.SchemaEngine.new({ datamodels: undefined }, () => undefined, factory);
    try {
      return await use(engine);
    } finally {
      engine.free();
    }
  } catch (error) {
    throw script.failure === undefined
      ? error
      : new Error(`migration failed: ${script.failure.message}`, { cause: script.failure });
  } finally {
    await pool.end(); // free() keeps the connection, and with it the advisory lock
  }
}

/** The adapter's own executeScript cuts a migration at every `;`: functions break, a failed file stays half applied. */
function wholeScripts(factory: PrismaPg, pool: Pool, script: { failure?: Error }): PrismaPg {
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    adapter.executeScript = async (text) => {
      await pool.query(text).catch((error: Error) => {
        script.failure = error;
        throw error;
      });
    };
    return adapter;
  };
  return factory;
}
