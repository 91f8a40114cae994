/**
 * The documentation as a site: the Markdown of this repository as it stands, with the navigation of docs/README.md.
 * `make site` builds it into build/site.
 */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig } from 'vitepress';
import { anchorOf } from '../anchors.js';
import { filesFolder, siteLink, sitePath } from '../links.js';
import { readNavigation } from '../navigation.js';

const top = process.cwd();
const groups = readNavigation();
const linkOf = (file: string): string =>
  `/${sitePath(file).replace(/(index)?\.md$/, (_, index) => (index ? '' : '.html'))}`;
const { version }: { readonly version: string } = JSON.parse(readFileSync('package.json', 'utf8'));

/** What pages link to and is no page, from the top of the repository. */
const linkedFiles = new Set<string>();

export default defineConfig({
  title: 'Parley',
  description: 'Conference mixer daemon: the <Dial><Conference> of Compatibility XML on your own machines',
  lang: 'en',
  srcDir: top,
  outDir: join(top, 'build/site'),
  cacheDir: join(top, 'build/site-cache'),
  srcExclude: ['{bench,build,demo-out,bench-out,dist,native,parley-data,src,test,tools}/**'],
  rewrites: sitePath,
  lastUpdated: false,
  // Nothing is fetched from elsewhere, neither while it is built nor by who reads it.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    anchor: { slugify: anchorOf },
    toc: { slugify: anchorOf },
    headers: { slugify: anchorOf },
    theme: { light: 'github-light', dark: 'github-dark' },
    config: (md) => {
      md.core.ruler.push('links-of-a-code-host', ({ tokens, env }) => {
        const page: string = env.relativePath.replace(/(^|\/)index\.md$/, '$1README.md');
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          if (token.type !== 'link_open') continue;
          const link = siteLink(page, String(token.attrGet('href')));
          if (link.kind === 'page') token.attrSet('href', link.href);
          if (link.kind !== 'file') continue;
          linkedFiles.add(link.path);
          token.type = 'file_link_open';
          token.attrSet('href', link.href);
          token.attrSet('target', '_blank');
        }
        // What stands in braces says how a test runs the block, and not which lines to mark.
        for (const token of tokens) {
          if (token.type === 'fence') token.info = token.info.replace(/\s*\{.*\}/, '');
        }
      });
      md.renderer.rules.file_link_open = (tokens, index, options, _, self) => self.renderToken(tokens, index, options);
    },
  },
  buildEnd: ({ outDir }) => {
    for (const path of linkedFiles) {
      const target = join(outDir, filesFolder, `${path}.txt`);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(path, target);
    }
  },
  themeConfig: {
    siteTitle: 'Parley',
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Quick start', link: '/docs/quick-start.html' },
      { text: 'All pages', link: '/docs/' },
      { text: version, link: '/CHANGELOG.html' },
    ],
    sidebar: [
      { text: 'Parley', link: '/' },
      ...groups.map(({ text, pages }) => ({
        text,
        collapsed: false,
        items: pages.map((page) => ({ text: page.text, link: linkOf(page.file) })),
      })),
    ],
  },
});
