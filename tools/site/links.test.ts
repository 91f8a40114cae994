import { describe, expect, it } from 'vitest';
import { siteLink } from './links.js';
import { navigationOf } from './navigation.js';

describe('siteLink', () => {
  const link = (page: string, target: string) => siteLink(page, target, (path) => path === 'examples/simple.xml');

  it('makes a README the index of its folder', () => {
    expect(link('docs/a.md', 'adr/README.md#x')).toEqual({ kind: 'page', href: 'adr/index.md#x' });
    expect(link('docs/a.md', 'b.md')).toEqual({ kind: 'page', href: 'b.md' });
  });

  it('leads to what is no page as to a file beside the pages', () => {
    expect(link('docs/a.md', '../examples/simple.xml')).toEqual({
      kind: 'file',
      href: '../files/examples/simple.xml.txt',
      path: 'examples/simple.xml',
    });
    expect(() => link('docs/a.md', 'simple.xml')).toThrow('docs/a.md links to simple.xml');
  });

  it('leaves what leads elsewhere, and to the page itself, alone', () => {
    expect(link('README.md', 'https://example.org/a.md')).toEqual({ kind: 'elsewhere' });
    expect(link('README.md', '#here')).toEqual({ kind: 'elsewhere' });
  });
});

describe('navigationOf', () => {
  it('takes a heading for a group and a row for a page', () => {
    const text = '# Pages\n\n## One\n\n| Page | |\n|---|---|\n| [A](a.md) | x |\n| [B](../B.md) | y |\n\n## None\n';
    expect(navigationOf(text)).toEqual([
      {
        text: 'One',
        pages: [
          { text: 'A', file: 'docs/a.md' },
          { text: 'B', file: 'B.md' },
        ],
      },
    ]);
  });
});
