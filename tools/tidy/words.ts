import { checkLines, type Rule } from './rule.js';

/** Each is written so that this file does not contain what it looks for. */
const banned: readonly (readonly [RegExp, string])[] = [
  [/\b(?:TO[D]O|FIX[M]E|X[X]X|HAC[K])\b/, 'finish it, or file an issue'],
  [/not implemen[t]ed/i, 'say what is missing, or leave it out'],
  [/\b(?:describe|it|test)\.(?:on[l]y|sk[i]p|to[d]o)\(/, 'every test runs, always'],
  [/@ts-(?:ignor[e]|nochec[k]|expect-erro[r])|biome-ignor[e]|eslint-disabl[e]|NOLIN[T]/, 'fix what the tool says'],
  [/["'`/ ]\/(?:home|root|Users)\//, 'a path of one machine'],
];

export const bannedWords: Rule = {
  name: 'nothing unfinished, skipped or silenced',
  appliesTo: (path) => /\.(ts|cc|h|proto|sh|cjs|md|yaml)$|Makefile$|Dockerfile$/.test(path),
  check: (file) =>
    checkLines(file, (line) => {
      const found = banned.find(([pattern]) => pattern.test(line));
      return found === undefined ? null : `${found[0].exec(line)?.[0].trim()}: ${found[1]}`;
    }),
};
