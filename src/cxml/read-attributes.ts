/** Reading what an element or a typed message says by the table of its attributes. */
import type { AttributeTable, ResolveUrl, ValuesOf } from './attribute-rule.js';
import type { Finding } from './finding.js';

export type Notebook = {
  readonly resolveUrl: ResolveUrl;
  /** The place of an attribute, or of the element itself. */
  readonly at: (attribute: string | null) => string;
  readonly findings: Finding[];
};

export type Read<T extends AttributeTable> = {
  readonly values: ValuesOf<T>;
  /** The first finding that keeps the leg out; null when it may join. */
  readonly obstacle: Finding | null;
};

/** Attributes that the table does not know are passed over: builders emit those of other vendors. */
export function readAttributes<T extends AttributeTable>(
  table: T,
  given: ReadonlyMap<string, string>,
  { resolveUrl, at, findings }: Notebook,
): Read<T> {
  let obstacle: Finding | null = null;
  const values = Object.fromEntries(
    Object.entries(table).map(([name, rule]) => {
      const said = given.get(name);
      if (said === undefined) return [name, rule.fallback];
      const { value, trouble } = rule.read(said, resolveUrl);
      if (trouble !== null) {
        const { code = rule.code, message } = trouble;
        const finding = { code, level: rule.level, where: at(name), message, keepsOut: rule.keepsOut };
        findings.push(finding);
        if (rule.keepsOut) obstacle ??= finding;
      }
      return [name, value];
    }),
  );
  // Every name of the table has the value that its own rule read.
  return { values: values as ValuesOf<T>, obstacle };
}
