/** What malloc keeps of a process, in one whose C heap is its own: V8 takes the memory of buffers from it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const addonFile = fileURLToPath(new URL('../../build/release/parley.node', import.meta.url));
const MiB = 2 ** 20;

/** Ends a process in which V8, at a place of chance, has put its code right behind the heap: that cannot grow there. */
const hemmedIn = 75;
const triesMax = 20;

/** Runs `script` in a process; `heapBytes()` is what of the C heap lies in memory there. What it says last. */
function inProcess(script: string): number[] {
  const prelude = `
    const addon = require(${JSON.stringify(addonFile)});
    const mapped = (file) => require('node:fs').readFileSync('/proc/self/' + file, 'utf8');
    const heapBytes = () => 1024 * Number(/\\[heap\\]\\n[^]*?^Rss: +(\\d+) kB/m.exec(mapped('smaps'))[1]);
    const [, end, next] = /-(\\w+) .*\\[heap\\]\\n(\\w+)-/.exec(mapped('maps'));
    if (parseInt(next, 16) - parseInt(end, 16) < ${512 * MiB}) process.exit(${hemmedIn});
    // What is to be freed is swept in another thread: the next collection waits for it.
    const collect = () => { gc(); gc(); };
    const say = (...bytes) => console.log(JSON.stringify(bytes));
  `;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const run = spawnSync(process.execPath, ['--expose-gc', '-e', prelude + script], { encoding: 'utf8' });
    if (run.status === 0) return JSON.parse(run.stdout);
    if (run.status !== hemmedIn) throw new Error(run.stderr);
  }
  throw new Error(`no process of ${triesMax} has a heap that can grow`);
}

/** Fills forty blocks of half a megabyte, after one of two was given back. */
const fillLargeBlocks = `
  (() => new Uint8Array(2 * ${MiB}).fill(1).length)();
  collect();
  const before = heapBytes();
  const blocks = Array.from({ length: 40 }, () => new Uint8Array(${MiB} / 2).fill(1));
  say(heapBytes() - before, blocks.length);
`;

describe('keepLargeBlocksApart', () => {
  it('keeps blocks out of the heap that would lie in it otherwise', () => {
    const [apart] = inProcess(`addon.keepLargeBlocksApart(); ${fillLargeBlocks}`);
    const [together] = inProcess(fillLargeBlocks);
    expect(apart).toBeLessThan(2 * MiB);
    expect(together).toBeGreaterThan(15 * MiB);
  });
});

describe('trimHeap', () => {
  it('gives back what lies below what is still in use', () => {
    const [filled = 0, emptied = 0, trimmed = 0] = inProcess(`
      const lastOfMany = () => Array.from({ length: 20_000 }, () => new Uint8Array(4000).fill(1)).at(-1);
      const last = lastOfMany();
      const filled = heapBytes();
      collect();
      const emptied = heapBytes();
      addon.trimHeap();
      say(filled, emptied, heapBytes(), last.length);
    `);
    expect(filled).toBeGreaterThan(70 * MiB);
    expect(emptied).toBeGreaterThan(60 * MiB);
    expect(trimmed).toBeLessThan(20 * MiB);
  });
});
