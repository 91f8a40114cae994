import { describe, expect, it } from 'vitest';
import { inNavigation, liveLinks, oneTitle } from './documents.js';
import { nativeIncludes } from './native-includes.js';
import { purity } from './purity.js';
import type { Rule } from './rule.js';
import { fileSize, lineLength } from './sizes.js';
import { bannedWords } from './words.js';

/** Lines, counted from 1, on which `rule` finds something in `text`. */
const linesFound = (rule: Rule, path: string, text: string): readonly number[] =>
  rule.appliesTo(path) ? rule.check({ path, text }).map(({ line }) => line) : [];

describe('purity', () => {
  it.each([
    'const now = Date.now();',
    'const now = new Date();',
    'setTimeout(f, 1);',
    'const x = Math.random();',
    'process.exit(1);',
    'console.log(1);',
    'const f = setTimeout;',
  ])('refuses %s', (text) => {
    expect(linesFound(purity, 'src/conference/x.ts', text)).toEqual([1]);
  });

  it.each([
    'const text = new Date(atMs).toUTCString();',
    '// console.log and Date.now() in a comment',
    "const text = 'setTimeout';",
    'const { process } = given;',
    'given.console.log(1);',
    'type T = { readonly process: string };',
  ])('allows %s', (text) => {
    expect(linesFound(purity, 'src/conference/x.ts', text)).toEqual([]);
  });

  it('looks only at the pure parts, and not at their tests', () => {
    expect(linesFound(purity, 'src/adapters/system/clock.ts', 'Date.now();')).toEqual([]);
    expect(linesFound(purity, 'src/app/x.test.ts', 'Date.now();')).toEqual([]);
  });
});

describe('nativeIncludes', () => {
  it.each([
    ['native/base/a.h', '#include "rtp/packet.h"'],
    ['native/mixer/a.cc', '#include "jitter/jitter_buffer.h"'],
    ['native/mixer/a.cc', '#include <hwy/highway.h>'],
    ['native/engine/a.cc', '#include <napi.h>'],
    ['native/engine/a.cc', '#include <sys/socket.h>'],
    ['native/net/a.cc', '#include <mutex>'],
  ])('refuses in %s: %s', (path, text) => {
    expect(linesFound(nativeIncludes, path, text)).toEqual([1]);
  });

  it.each([
    ['native/engine/a.cc', '#include "mixer/mixer.h"'],
    ['native/kernels/a.cc', '#include <hwy/highway.h>'],
    ['native/jitter/a.h', '#include "jitter/slot.h"'],
    ['native/rtp/a.cc', '#include <cstdint>'],
    ['native/engine/a_test.cc', '#include <thread>'],
  ])('allows in %s: %s', (path, text) => {
    expect(linesFound(nativeIncludes, path, text)).toEqual([]);
  });
});

describe('bannedWords', () => {
  it.each(['TO', 'FIX', 'HAC'].map((start) => `// ${start}${{ TO: 'DO', FIX: 'ME', HAC: 'K' }[start]} later`))(
    'finds "%s"',
    (text) => {
      expect(linesFound(bannedWords, 'src/app/x.ts', `fine\n${text}`)).toEqual([2]);
    },
  );

  it('finds a test that was switched off', () => {
    expect(linesFound(bannedWords, 'src/app/x.test.ts', `it.${'skip'}('x', f)`)).toEqual([1]);
  });
});

describe('sizes', () => {
  it('measures lines by language', () => {
    const text = `${'x'.repeat(110)}\n`;
    expect(linesFound(lineLength, 'src/app/x.ts', text)).toEqual([]);
    expect(linesFound(lineLength, 'native/rtp/x.cc', text)).toEqual([1]);
  });

  it('refuses the 401st line', () => {
    expect(linesFound(fileSize, 'src/app/x.ts', 'x\n'.repeat(400))).toEqual([]);
    expect(linesFound(fileSize, 'src/app/x.ts', 'x\n'.repeat(401))).toEqual([401]);
  });
});

describe('documents', () => {
  it('wants one title, and does not take a comment in a code block for one', () => {
    expect(linesFound(oneTitle, 'docs/x.md', '# Title\n\n```sh\n# comment\n```\n')).toEqual([]);
    expect(linesFound(oneTitle, 'docs/x.md', 'no title\n')).toEqual([1]);
  });

  it('follows relative links from the page that holds them', () => {
    const rule = liveLinks((path) => (path === 'docs/adr/0001-x.md' ? '# X\n\n## Why\n' : null));
    expect(linesFound(rule, 'docs/index.md', '[a](adr/0001-x.md#why) [b](https://example.test/)')).toEqual([]);
    expect(linesFound(rule, 'docs/index.md', 'first\n[a](adr/0002-y.md)')).toEqual([2]);
  });

  it('follows links to headings, as code hosts name them', () => {
    const there = '# X\n\n## Start and `end` (8.1)\n\n## Twice\n\n## Twice\n\n```sh\n# none\n```\n';
    const rule = liveLinks((path) => (path === 'docs/x.md' ? there : null));
    const link = (anchor: string) => linesFound(rule, 'docs/y.md', `[a](x.md#${anchor})`);
    expect(['start-and-end-81', 'twice', 'twice-1'].flatMap(link)).toEqual([]);
    expect(['start', 'twice-2', 'none'].flatMap(link)).toEqual([1, 1, 1]);
    expect(linesFound(rule, 'docs/y.md', '# Here\n[a](#here)\n[b](#there)')).toEqual([3]);
  });

  it('misses a page that nobody is led to, or twice', () => {
    const rule = inNavigation(() => ['docs/x.md', 'docs/z.md', 'docs/z.md']);
    expect(linesFound(rule, 'docs/x.md', '# X')).toEqual([]);
    expect(linesFound(rule, 'docs/y.md', '# Y')).toEqual([1]);
    expect(linesFound(rule, 'docs/z.md', '# Z')).toEqual([1]);
  });
});
