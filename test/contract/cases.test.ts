/** That each of the 66 cases of CONTRACT §8.9 is a test by its number. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const cases = Array.from({ length: 66 }, (_, index) => index + 1);

const testsIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));

const title = /\bcases? (\d+(?:, \d+)*):/g;

/** Numbers in the titles of tests. */
const named = (): ReadonlySet<number> =>
  new Set(
    [...testsIn('src'), ...testsIn('test')].flatMap((text) =>
      [...text.matchAll(title)].flatMap(([, numbers = '']) => numbers.split(', ').map(Number)),
    ),
  );

it('every case is tested by its number', () => {
  const all = named();
  expect(cases.filter((number) => !all.has(number))).toEqual([]);
  expect([...all].filter((number) => !cases.includes(number))).toEqual([]);
});
