/** What the schema says of a value that is wrong, in the words of those who wrote it. */
import type { z } from 'zod';
import { accountSchema } from './account.js';
import { meant, nearMiss } from './near-miss.js';
import type { Origin, Problem } from './problem.js';
import { settingNames } from './settings.js';

export type Issue = z.core.$ZodIssue;

const accountKeys = Object.keys(accountSchema.shape);

/** One for each key that is wrong. */
export function problemsOf(
  issues: readonly Issue[],
  originOf: (path: readonly PropertyKey[]) => Origin,
): readonly Problem[] {
  return issues.flatMap((issue): Problem[] => {
    if (issue.code !== 'unrecognized_keys') {
      return [{ origin: originOf(issue.path), path: issue.path, rule: ruleOf(issue) }];
    }
    const [what, known] = issue.path.length === 0 ? ['setting', settingNames] : ['key of an account', accountKeys];
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { origin: originOf(path), path, rule: `there is no such ${what}${meant(key, known)}` };
    });
  });
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping of keys to values',
};

function ruleOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return 'must be there';
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value': {
      const values = issue.values.map(String);
      const near = typeof issue.input === 'string' ? nearMiss(issue.input, values) : null;
      return `must be ${values.join(', ')}${near === null ? '' : `; is ${near} meant?`}`;
    }
    case 'too_small':
      if (issue.origin === 'string') return `must have at least ${counted(issue.minimum, 'character')}`;
      if (issue.origin === 'array') return `must have at least ${counted(issue.minimum, 'entry', 'entries')}`;
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `must have at most ${counted(issue.maximum, 'character')}`;
      if (issue.origin === 'array') return `must have at most ${counted(issue.maximum, 'entry', 'entries')}`;
      return `must be at most ${issue.maximum}`;
    case 'invalid_format':
      return issue.format === 'url' ? 'must be an absolute http or https URL' : issue.message;
    default:
      return issue.message;
  }
}

const counted = (count: number | bigint, one: string, more = `${one}s`): string =>
  `${count} ${count === 1 ? one : more}`;
