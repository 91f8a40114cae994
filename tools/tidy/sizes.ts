import { checkLines, type Rule } from './rule.js';

/** Past this a file holds more than one noun. */
const fileLinesMax = 400;
const lineCharactersMax = { typescript: 120, native: 100 } as const;

const isTypeScript = (path: string): boolean => path.endsWith('.ts');
const isNative = (path: string): boolean => /\.(cc|h)$/.test(path);

export const fileSize: Rule = {
  name: `no source file over ${fileLinesMax} lines`,
  appliesTo: (path) => isTypeScript(path) || isNative(path),
  check: ({ path, text }) => {
    const lines = text.split('\n').length - 1;
    return lines <= fileLinesMax ? [] : [{ path, line: lines, message: `${lines} lines: is this one noun?` }];
  },
};

export const lineLength: Rule = {
  name: 'no line too long to read',
  appliesTo: (path) => isTypeScript(path) || isNative(path),
  check: (file) => {
    const max = isNative(file.path) ? lineCharactersMax.native : lineCharactersMax.typescript;
    return checkLines(file, (line) => ([...line].length > max ? `over ${max} characters` : null));
  },
};
