/** The navigation of the site, from the tables of docs/README.md: a heading is a group, a row a page. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

export type NavigationPage = { readonly text: string; readonly file: string };
export type NavigationGroup = { readonly text: string; readonly pages: readonly NavigationPage[] };

export const navigationFile = 'docs/README.md';

/** Of the rows `| [text](page.md) | … |`; `file` is from the top of the repository. */
export function navigationOf(text: string): readonly NavigationGroup[] {
  const [, ...sections] = text.split(/^## /m);
  return sections
    .map((section) => ({
      text: section.slice(0, section.indexOf('\n')).trim(),
      pages: [...section.matchAll(/^\| \[([^\]]+)\]\(([^)#\s]+\.md)\) \|/gm)].map(([, title = '', target = '']) => ({
        text: title,
        file: posix.join(posix.dirname(navigationFile), target),
      })),
    }))
    .filter(({ pages }) => pages.length > 0);
}

export const readNavigation = (): readonly NavigationGroup[] => navigationOf(readFileSync(navigationFile, 'utf8'));
