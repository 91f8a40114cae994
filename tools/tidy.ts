/**
 * The house's own lint: what the other tools cannot see. Prints `holds RULE` for each rule that holds, and every
 * violation of those that do not.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { inNavigation, liveLinks, oneTitle } from './tidy/documents.js';
import { nativeIncludes } from './tidy/native-includes.js';
import { purity } from './tidy/purity.js';
import type { Rule, SourceFile } from './tidy/rule.js';
import { fileSize, lineLength } from './tidy/sizes.js';
import { bannedWords } from './tidy/words.js';

const documents = [oneTitle, liveLinks(), inNavigation()];
const rules: readonly Rule[] = [fileSize, lineLength, bannedWords, purity, nativeIncludes, ...documents];

/** Everything git knows or would add; generated and foreign files are nobody's to tidy. */
function sourceFiles(): readonly SourceFile[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && existsSync(path))
    .filter((path) => !/(^|\/)(gen|corpus)\/|\.generated\.|package-lock\.json$/.test(path))
    .filter((path) => /\.(ts|cc|h|proto|sh|cjs|md|yaml|txt)$|Makefile$|Dockerfile$/.test(path))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

const files = sourceFiles();
for (const rule of rules) {
  const violations = files.filter(({ path }) => rule.appliesTo(path)).flatMap((file) => rule.check(file));
  for (const { path, line, message } of violations) process.stdout.write(`${path}:${line}: ${message}\n`);
  if (violations.length > 0) process.exitCode = 1;
  else process.stdout.write(`holds ${rule.name}\n`);
}
