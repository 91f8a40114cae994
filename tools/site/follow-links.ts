/**
 * Follows every link and every resource of a built site that stay on it: the file is there, and so is the heading.
 *
 *   tsx tools/site/follow-links.ts build/site
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';

const [folder = ''] = process.argv.slice(2);

const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
const html = new Map(pages.map((page) => [page, readFileSync(posix.join(folder, page), 'utf8')]));

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();
const decoded = (text: string): string => decodeURIComponent(text.replaceAll('&amp;', '&'));

/** What is wrong with a link, or null. */
function fault(page: string, link: string): string | null {
  const [path = '', anchor = ''] = link.split('#');
  const target = path === '' ? page : posix.join(path.startsWith('/') ? '' : posix.dirname(page), path);
  const file = (target.endsWith('/') || target === '.' ? posix.join(target, 'index.html') : target).replace(/^\//, '');
  if (!isFile(posix.join(folder, file))) return 'leads nowhere';
  if (anchor === '' || !file.endsWith('.html')) return null;
  return html.get(file)?.includes(` id="${anchor}"`) === true ? null : 'leads to a heading that is not there';
}

let followed = 0;
for (const [page, text] of html) {
  for (const [, raw = ''] of text.matchAll(/ (?:href|src)="([^"]*)"/g)) {
    const link = decoded(raw);
    if (/^[a-z]+:/.test(link)) continue;
    followed += 1;
    const wrong = fault(page, link);
    if (wrong === null) continue;
    process.stdout.write(`${page}: ${link} ${wrong}\n`);
    process.exitCode = 1;
  }
}
// A site without its pages has no dead links either.
if (pages.length < 30 || followed < 1000) throw new Error(`only ${pages.length} pages and ${followed} links`);
if (process.exitCode === undefined) process.stdout.write(`holds ${followed} links on ${pages.length} pages\n`);
