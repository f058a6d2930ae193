import { parseAllDocuments } from 'yaml';

/** Uses of anchors in one document; more of them is how small files become huge values. */
const maxAliasCount = 100;

/** All documents of a YAML stream. The core schema knows neither dates nor merge keys: both stay what is written. */
export function parseYaml(text: string): unknown[] {
  const documents = parseAllDocuments(text, { schema: 'core', version: '1.2', merge: false });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) throw fault;
    return document.toJS({ maxAliasCount }) as unknown;
  });
}
