import { describe, expect, it } from 'vitest';
import { runBlocks, shellBlocks } from './documented-shell.js';

const fence = '```';
const page = (...blocks: readonly string[]): string => blocks.map((block) => `${fence}${block}\n${fence}\n`).join('\n');
const run = (...blocks: readonly string[]) =>
  runBlocks(shellBlocks(page(...blocks)), { addresses: new Map(), limitMs: 15_000 });

describe('shellBlocks', () => {
  it('finds the blocks, how they are run, where they stand and what they print', () => {
    const text = page('sh\nls', 'yaml\na: 1', 'sh {docker}\ndocker ps', 'sh\ntrue', 'text {output}\nfine');
    expect(shellBlocks(text)).toEqual([
      { manner: '', text: 'ls\n', line: 2, output: null },
      { manner: 'docker', text: 'docker ps\n', line: 10, output: null },
      { manner: '', text: 'true\n', line: 14, output: { language: 'text', text: 'fine\n' } },
    ]);
  });

  it('refuses a manner that there is not, and an output of nothing', () => {
    expect(() => shellBlocks(page('sh {never}\nls'))).toThrow('line 2: sh {never}');
    expect(() => shellBlocks(page('text {output}\nls'))).toThrow('line 2: nothing printed this');
  });
});

describe('runBlocks', () => {
  it('types all in one shell, and tells what each printed and which commands failed', async () => {
    const [first, second, third] = await run(
      'sh\nname=you\nhello() { echo "hello $1"; }',
      'sh\nhello $name; echo oh >&2',
      'sh\nfalse\ngrep -q x /dev/null\necho on',
    );
    expect(first).toMatchObject({ hasEnded: true, failed: [], output: '' });
    expect(second).toMatchObject({ hasEnded: true, failed: [], output: 'hello you\n', errors: 'oh\n' });
    expect(third).toMatchObject({ hasEnded: true, failed: ['false', 'grep -q x /dev/null'], output: 'on\n' });
  });

  it('goes on beside what runs in the background, and ends a stream that has said something', async () => {
    const [background, beside, stream] = await run(
      'sh {background}\necho up > ~/up; echo up; exec sleep 1000',
      'sh\ncat ~/up',
      'sh {stream}\necho one; exec sleep 1000',
    );
    expect(background).toMatchObject({ hasEnded: true, failed: [] });
    expect(beside).toMatchObject({ hasEnded: true, failed: [], output: 'up\n' });
    expect(stream).toMatchObject({ hasEnded: true, failed: [], output: 'one\n' });
  });

  it('has failed where something in the background ends without a word', async () => {
    const [background] = await run('sh {background}\nexit 3');
    expect(background?.failed).not.toEqual([]);
  });

  it('puts addresses that are free in the place of those that stand there, the same for all blocks', async () => {
    const [first, second] = await run('sh\necho 127.0.0.1:9090', 'sh\necho 127.0.0.1:9090 127.0.0.1:9091');
    const [address, other] = second?.output.trim().split(' ') ?? [];
    expect(first?.output).toBe(`${address}\n`);
    expect(address).not.toBe('127.0.0.1:9090');
    expect(other).not.toBe(address);
  });
});
