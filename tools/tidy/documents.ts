import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { checkLines, type Rule } from './rule.js';

const isMarkdown = (path: string): boolean => path.endsWith('.md');

/** The text with fenced code blanked out, line by line. */
function prose(text: string): string {
  let fenced = false;
  return text
    .split('\n')
    .map((line) => {
      if (line.startsWith('```')) {
        fenced = !fenced;
        return '';
      }
      return fenced ? '' : line;
    })
    .join('\n');
}

export const oneTitle: Rule = {
  name: 'one title in each page',
  appliesTo: isMarkdown,
  check: ({ path, text }) => {
    const titles = prose(text)
      .split('\n')
      .filter((line) => line.startsWith('# ')).length;
    return titles === 1 ? [] : [{ path, line: 1, message: `${titles} titles` }];
  },
};

/** `exists` answers for a path relative to the top of the repository. */
export function liveLinks(exists: (path: string) => boolean = existsSync): Rule {
  return {
    name: 'no link to a page that is not there',
    appliesTo: isMarkdown,
    check: ({ path, text }) =>
      checkLines({ path, text: prose(text) }, (line) => {
        for (const [, target = ''] of line.matchAll(/\]\(([^)\s]+)\)/g)) {
          const [page = ''] = target.split('#');
          if (/^[a-z]+:/.test(target) || page === '') continue;
          if (!exists(normalize(join(dirname(path), page)))) return `no such page: ${target}`;
        }
        return null;
      }),
  };
}
