import { checkLines, type Rule } from './rule.js';

/** Past this a file holds more than one noun. */
const fileLinesMax = 400;
const lineCharactersMax = { typescript: 120, native: 100 } as const;

/** A line that is one string and nothing else: the formatter leaves it whole, and so do we. */
const isOneString = (line: string): boolean => /^\s*(['`]).*\1,?$/.test(line);

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
    return checkLines(file, (line) => ([...line].length > max && !isOneString(line) ? `over ${max} characters` : null));
  },
};
