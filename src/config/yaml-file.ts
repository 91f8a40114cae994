/** The text of a configuration file as values, with the place of each: YAML 1.2, so JSON, too. */
import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { err, ok, type Result } from '../base/result.js';
import { messageOf } from '../base/thrown.js';

/** Lines and columns count from 1. */
export type Place = { readonly line: number; readonly column: number };

export type YamlFile = {
  readonly values: Readonly<Record<string, unknown>>;
  /** Of the key at the end of `path`, or of the value in a list; of what is above it when there is no such thing. */
  readonly placeOf: (path: readonly PropertyKey[]) => Place;
};

export type YamlProblem = { readonly place: Place; readonly rule: string };

/** A thousand accounts with all they may have come to a fraction of it. */
export const configFileBytesMax = 8 * 1024 * 1024;

const start: Place = { line: 1, column: 1 };

/** Everything that breaks the rules of YAML at once, by its place. An empty file says nothing, which is allowed. */
export function readYaml(text: string): Result<YamlFile, readonly YamlProblem[]> {
  if (text.length > configFileBytesMax) {
    return err([{ place: start, rule: `the file must have at most ${configFileBytesMax} bytes` }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0) {
    return err(document.errors.map(({ pos, message }) => ({ place: placeAt(pos[0]), rule: message })));
  }
  const { contents } = document;
  if (contents === null) return ok({ values: {}, placeOf: () => start });
  if (!isMap(contents)) return err([{ place: start, rule: 'the file must hold settings, each as name: value' }]);
  try {
    const values: Readonly<Record<string, unknown>> = document.toJS();
    return ok({
      values,
      placeOf(path) {
        const offset = offsetOf(contents, path);
        return offset === null ? start : placeAt(offset);
      },
    });
  } catch (error) {
    // Aliases that lead nowhere, or to more than anybody writes.
    return err([{ place: start, rule: messageOf(error) }]);
  }
}

function offsetOf(root: YAMLMap, path: readonly PropertyKey[]): number | null {
  let node: unknown = root;
  let offset = root.range?.[0] ?? null;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else {
      const items: unknown = (node as { readonly items?: unknown } | null)?.items;
      if (!Array.isArray(items) || typeof step !== 'number' || step >= items.length) return offset;
      node = items[step];
      offset = startOf(node) ?? offset;
    }
  }
  return offset;
}

const startOf = (node: unknown): number | null => (node as Partial<Node> | null)?.range?.[0] ?? null;
