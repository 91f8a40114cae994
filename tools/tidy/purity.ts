import ts from 'typescript';
import type { Rule, Violation } from './rule.js';

/** What a pure part must be given and may not reach for; the replacement is in the message. */
const impure: Readonly<Record<string, string>> = {
  Date: 'time is a parameter, or a Clock',
  performance: 'time is a parameter, or a Clock',
  setTimeout: 'Clock.after',
  setInterval: 'Clock.after',
  setImmediate: 'Clock.after',
  queueMicrotask: 'Clock.after',
  crypto: 'Random',
  process: 'a parameter',
  console: 'Logger',
  fetch: 'a port',
  Buffer: 'Uint8Array',
  require: 'import',
  globalThis: 'a parameter',
};

/** Does this identifier name the global, rather than a property, a member or a declaration of ours? */
function namesGlobal(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodSignature(parent)) {
    return parent.name !== node;
  }
  return !ts.isImportSpecifier(parent) && !ts.isBindingElement(parent) && !ts.isParameter(parent);
}

/** Reaches for the clock, chance, or the world. Turning a given instant into text, `new Date(ms)`, reads no clock. */
function impurity(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random') return 'Math.random: use Random';
  if (!ts.isIdentifier(node) || !namesGlobal(node)) return null;
  const replacement = Object.hasOwn(impure, node.text) ? impure[node.text] : undefined;
  if (replacement === undefined) return null;
  const { parent } = node;
  const givenInstant = node.text === 'Date' && ts.isNewExpression(parent) && (parent.arguments?.length ?? 0) > 0;
  const conversion = node.text === 'Date' && /^Date\.(UTC|parse)$/.test(parent.getText());
  return givenInstant || conversion ? null : `${node.text}: use ${replacement}`;
}

export const purity: Rule = {
  name: 'pure parts read no clock, no chance and no world',
  appliesTo: (path) =>
    /^src\/(base|conference|cxml|callbacks|recordings|media|sound|app)\//.test(path) && !path.endsWith('.test.ts'),
  check: ({ path, text }) => {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
    const found: Violation[] = [];
    const visit = (node: ts.Node): void => {
      const message = impurity(node);
      if (message !== null) {
        found.push({ path, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, message });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  },
};
