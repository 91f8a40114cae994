/**
 * What the README and the documentation have people type is typed here, page by page, each page into a shell of its
 * own with a daemon of its own; what a page shows is what is printed. What cannot be run says so in the page.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startDaemon } from '../../src/cli/daemon-process.js';
import { isRunnable, runBlocks, type ShellBlock, type ShellResult, shellBlocks } from '../support/documented-shell.js';
import { requirePrograms } from '../support/foreign-program.js';
import { outputFault } from '../support/shown-output.js';

/** The demo of the README speaks for 40 s, and what is out of date is built before. */
const pageMsMax = 180_000;

const pageFiles = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
    .sort(),
];
const pages = pageFiles
  .map((file) => ({ file, blocks: shellBlocks(readFileSync(file, 'utf8')) }))
  .filter(({ blocks }) => blocks.length > 0);

/** A page that starts a daemon itself gets no other. */
const startsItsOwn = (blocks: readonly ShellBlock[]): boolean => blocks.some(({ text }) => /\bserve\b/.test(text));

async function typed(blocks: readonly ShellBlock[]): Promise<readonly ShellResult[]> {
  if (startsItsOwn(blocks)) return runBlocks(blocks, { addresses: new Map(), limitMs: pageMsMax });
  const daemon = await startDaemon();
  const addresses = new Map([
    ['127.0.0.1:7300', daemon.grpcAddress],
    ['127.0.0.1:7301', new URL(daemon.httpUrl).host],
    ['127.0.0.1:7302', daemon.restAddress],
  ]);
  try {
    return await runBlocks(blocks, { addresses, limitMs: pageMsMax });
  } finally {
    await daemon.stop();
  }
}

/** What went wrong with a block, with all that is needed to see why. */
function fault({ block, hasEnded, failed, output, errors }: ShellResult): string | null {
  const shown = block.output === null ? null : outputFault(block.output, output);
  const why = !hasEnded ? 'did not end' : failed.length > 0 ? `failed: ${failed.join('; ')}` : shown;
  return why === null ? null : `line ${block.line}: ${why}\n${output.slice(-2000)}\n${errors.slice(-2000)}`;
}

/** What a block that is not run speaks of and is not there: targets of make, and programs of this repository. */
function unknownThings(text: string): readonly string[] {
  const targets = [...text.matchAll(/\bmake ([a-z][a-z-]*)/g)].map(([, target = '']) => target);
  const programs = [...text.matchAll(/\b(?:bench|tools|examples|deploy)\/[\w./-]+/g)].map(([program]) => program);
  const makefile = readFileSync('Makefile', 'utf8');
  return [
    ...targets.filter((target) => !new RegExp(`^${target}:`, 'm').test(makefile)),
    ...programs.filter((program) => !existsSync(program)),
  ];
}

const sum = { run: 0, read: new Map<string, number>() };
afterAll(() => {
  const read = [...sum.read].map(([manner, count]) => `${count} ${manner}`);
  console.log(`documented shell blocks: ${sum.run} run; only read: ${read.join(', ') || 'none'}`);
});

describe.each(pages)('$file', ({ blocks }) => {
  const run = blocks.filter(isRunnable);

  it('has shell that can be read', () => {
    for (const { text, line, manner } of blocks) {
      expect(() => execFileSync('bash', ['-n'], { input: text, stdio: 'pipe' }), `line ${line}`).not.toThrow();
      expect(unknownThings(text), `line ${line}`).toEqual([]);
      if (!run.some((block) => block.line === line)) sum.read.set(manner, (sum.read.get(manner) ?? 0) + 1);
    }
  });

  it.runIf(run.length > 0)('does what it says', { timeout: pageMsMax + 30_000 }, async () => {
    requirePrograms(['jq', 'curl', 'openssl', 'prometheus', 'promtool', 'kamailio', 'sipp']);
    const results = await typed(run);
    expect(results.map(fault).filter((text) => text !== null)).toEqual([]);
    sum.run += run.length;
  });
});

/** Whether a block of another language can be read by what reads that language. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  js: (text) => execFileSync(process.execPath, ['--check', '--input-type=module', '-'], { input: text, stdio: 'pipe' }),
  json: (text) => JSON.parse(text),
  yaml: (text) => parse(text),
};

it.each(pageFiles)('%s has blocks of other languages that can be read', (file) => {
  for (const [, language = '', text = ''] of readFileSync(file, 'utf8').matchAll(/^```(\w+).*\n([\s\S]*?)^```$/gm)) {
    expect(() => readers[language]?.(text), text).not.toThrow();
  }
});

it('speaks of metrics that there are', () => {
  const metrics = readFileSync('docs/metrics.md', 'utf8');
  const spokenOf = pageFiles.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/`(parley_[a-z0-9_]+)(?:\{[^`]*\})?`/g)].map(([, name = '']) => name),
  );
  expect(spokenOf.length).toBeGreaterThan(100);
  expect([...new Set(spokenOf)].filter((name) => !metrics.includes(`\`${name}\``))).toEqual([]);
});

it('is run rather than read', () => {
  const all = pages.flatMap(({ blocks }) => blocks);
  expect(all.filter(isRunnable).length).toBeGreaterThan(all.length / 2);
});
