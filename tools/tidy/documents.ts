import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { anchorsOf } from '../site/anchors.js';
import { navigationFile, readNavigation } from '../site/navigation.js';
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

/** What a link may lead to: the text of a page, nothing of any other file or folder, null where there is none. */
export type ReadTarget = (path: string) => string | null;

const readTarget: ReadTarget = (path) => {
  if (!existsSync(path)) return null;
  return isMarkdown(path) ? readFileSync(path, 'utf8') : '';
};

/** `read` takes paths relative to the top of the repository. */
export function liveLinks(read: ReadTarget = readTarget): Rule {
  return {
    name: 'no link to a page or a heading that is not there',
    appliesTo: isMarkdown,
    check: ({ path, text }) =>
      checkLines({ path, text: prose(text) }, (line) => {
        for (const [, target = ''] of line.matchAll(/\]\(([^)\s]+)\)/g)) {
          if (/^[a-z]+:/.test(target)) continue;
          const [page = '', anchor] = target.split('#');
          const found = page === '' ? text : read(normalize(join(dirname(path), page)));
          if (found === null) return `no such page: ${target}`;
          if (anchor !== undefined && !anchorsOf(prose(found)).has(anchor)) return `no such heading: ${target}`;
        }
        return null;
      }),
  };
}

/** `pages`: those that the navigation leads to. */
export function inNavigation(pages: () => readonly string[] = navigationPages): Rule {
  return {
    name: 'every page once in the navigation',
    appliesTo: (path) => /^docs\/[^/]+\.md$/.test(path) && path !== navigationFile,
    check: ({ path }) => {
      const rows = pages().filter((page) => page === path).length;
      return rows === 1 ? [] : [{ path, line: 1, message: `${navigationFile} has ${rows} rows for it` }];
    },
  };
}

const navigationPages = (): readonly string[] => readNavigation().flatMap(({ pages }) => pages.map(({ file }) => file));
