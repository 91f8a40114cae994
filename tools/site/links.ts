/**
 * Links of Markdown as a code host follows them, brought to the site: a README is the index of its folder there, and
 * what is no page (a document, a script, a licence) is a file beside the pages, to be read as text.
 */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';

/** Folder of those files on the site. */
export const filesFolder = 'files';

export type SiteLink =
  | { readonly kind: 'page'; readonly href: string }
  | { readonly kind: 'file'; readonly href: string; readonly path: string }
  | { readonly kind: 'elsewhere' };

/** Where a page of the repository is on the site. */
export const sitePath = (path: string): string => path.replace(/(^|\/)README\.md$/, '$1index.md');

/** `page`: the file that the link stands in, from the top of the repository. */
export function siteLink(page: string, target: string, exists: (path: string) => boolean = existsSync): SiteLink {
  if (/^[a-z]+:|^#|^\//.test(target)) return { kind: 'elsewhere' };
  const [file = '', anchor] = target.split('#');
  if (file.endsWith('.md')) return { kind: 'page', href: sitePath(file) + (anchor === undefined ? '' : `#${anchor}`) };
  const path = posix.normalize(posix.join(posix.dirname(page), file));
  if (!exists(path)) throw new Error(`${page} links to ${target}, which is not there`);
  const href = posix.relative(posix.dirname(page), posix.join(filesFolder, `${path}.txt`));
  return { kind: 'file', href, path };
}
