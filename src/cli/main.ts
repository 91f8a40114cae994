#!/usr/bin/env node
/** `parley`: the command line. Each command loads only what it needs. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { createPaint } from './paint.js';

const { version }: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

const paint = createPaint({ isTerminal: process.stdout.isTTY, environment: process.env });
const write = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const program = new Command('parley')
  .description('Conference mixer daemon: <Dial><Conference> on your own machines')
  .version(version);

program
  .command('serve')
  .description('run the daemon in the foreground; settings come from PARLEY_* variables and a JSON file')
  .option('--config <file>', 'configuration file; else the one PARLEY_CONFIG names')
  .action(async ({ config }: { readonly config?: string }) => {
    const { serve } = await import('./serve.js');
    await serve({ environment: process.env, ...(config === undefined ? {} : { configFile: config }) });
  });

program
  .command('doctor')
  .description('what this machine lacks for good audio, and how to fix it')
  .action(async () => {
    const { examine } = await import('./doctor/doctor.js');
    process.exitCode = examine({ environment: process.env, paint, write }) ? 0 : 1;
  });

program
  .command('demo')
  .description('start a daemon, let five callers talk in one room, and prove who heard whom')
  .option('--out <folder>', 'where recordings and pictures go', 'demo-out')
  .action(async ({ out }: { readonly out: string }) => {
    const { runDemo } = await import('./demo/demo.js');
    process.exitCode = (await runDemo({ folder: out, paint, write })) ? 0 : 1;
  });

await program.parseAsync();
