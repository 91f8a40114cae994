import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { nodeOptions } from './node-options.js';

it('the program starts Node as the daemons do that others start', () => {
  const [first] = readFileSync(new URL('main.ts', import.meta.url), 'utf8').split('\n');
  expect(first).toBe(`#!/usr/bin/env -S node ${nodeOptions.join(' ')}`);
});
