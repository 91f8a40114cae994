#!/usr/bin/env -S node --v8-pool-size=0 --heap-growing-percent=150
/** `parley`: the command line. Each command loads only what it needs. */
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
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

/** Other commands need not wait for what knows the settings. */
const settings = process.argv.some((argument) => ['serve', 'config', 'help'].includes(argument))
  ? await import('./setting-flags.js')
  : null;
const configOption = ['--config <file>', 'configuration file; else the one PARLEY_CONFIG names'] as const;
const named = ({ config, ...options }: { readonly config?: string }) => ({
  environment: process.env,
  configFile: config,
  flags: settings?.settingFlags(options) ?? {},
});
const complain = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const serving = program
  .command('serve')
  .description('run the daemon in the foreground; settings come from flags, PARLEY_* variables and a YAML file')
  .option(...configOption)
  .action(async (options) => {
    const { serve } = await import('./serve.js');
    await serve(named(options));
  });
settings?.addSettingFlags(serving);

const configuring = program.command('config').description('what the daemon is or would be configured to');
const printing = configuring
  .command('print')
  .description(
    'what serve would take with the same flags, variables and file: secrets struck out, each with its origin',
  )
  .option(...configOption)
  .action(async (options) => {
    const { print } = await import('./config/print.js');
    if (!print(named(options), { write, complain })) process.exitCode = 2;
  });
settings?.addSettingFlags(printing);
configuring
  .command('check')
  .description('everything that is wrong with a configuration file; status 2 when something is')
  .argument('<file>')
  .option('--no-files', 'leave out the certificates, authorities and keys that it names')
  .action(async (file, { files }) => {
    const { check } = await import('./config/check.js');
    if (!(await check({ file, leavesFilesOut: !files }, { write, complain }))) process.exitCode = 2;
  });

program
  .command('doctor')
  .description('what this machine lacks for good audio, and how to fix it')
  .action(async () => {
    const { examine } = await import('./doctor/doctor.js');
    process.exitCode = examine({ environment: process.env, paint, write }) ? 0 : 1;
  });

program
  .command('health')
  .description('ask the daemon of this configuration whether its audio moves; status 1 when not, or without an answer')
  .option('--ready', 'ask whether new conferences may be sent to it instead', false)
  .option(...configOption)
  .action(async ({ ready, ...options }: { readonly ready: boolean; readonly config?: string }) => {
    const { health } = await import('./health.js');
    if (!(await health(named(options), { ready, write, complain }))) process.exitCode = 1;
  });

program
  .command('demo')
  .description('start a daemon, let five callers talk in one room, and prove who heard whom')
  .option('--out <folder>', 'where recordings and pictures go', 'demo-out')
  .action(async ({ out }: { readonly out: string }) => {
    const { runDemo } = await import('./demo/demo.js');
    process.exitCode = (await runDemo({ folder: out, paint, write })) ? 0 : 1;
  });

const address = [
  '--address <host:port>',
  'gRPC API of the daemon; its token comes from PARLEY_TOKEN',
  '127.0.0.1:7300',
] as const;
const cursorOf = (text: string): bigint => {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('must be a cursor: a whole number from 0');
  return BigInt(text);
};
const exitBy = (isWell: boolean): void => {
  if (!isWell) process.exitCode = 1;
};

configuring
  .command('reload')
  .description('let a daemon read its configuration anew: accounts, keys, limits, certificates')
  .option(...address)
  .action(async (options) => exitBy(await (await import('./client/reload.js')).reload(options, write, complain)));

const seconds = (text: string): number => {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('must be seconds: a whole number from 0');
  return Number(text);
};
program
  .command('drain')
  .description('no new conferences; those there are go on, and may be joined, until the deadline')
  .option('--within <seconds>', 'until what is left is ended; left out: never', seconds)
  .option('--wait', 'return when nothing is left', false)
  .option('--show', 'only show what is left', false)
  .option('--cancel', 'take new conferences again', false)
  .option(...address)
  .action(async ({ show, cancel, ...options }) => {
    const draining = await import('./client/drain.js');
    const act = cancel ? draining.cancel : show ? draining.show : draining.begin;
    exitBy(await act(options, write));
  });

const callbacks = program
  .command('callbacks')
  .description('what the application has not got yet, and what was given up');
callbacks
  .command('list')
  .description('one line a callback that was given up')
  .option('--queued', 'those waiting to be sent instead', false)
  .option(...address)
  .action(async (options) => exitBy(await (await import('./client/callbacks.js')).list(options, write)));
callbacks
  .command('replay')
  .description('send callbacks that were given up once more; all of them unless ids are given')
  .argument('[ids...]')
  .option(...address)
  .action(async (ids, options) => exitBy(await (await import('./client/callbacks.js')).replay(options, ids, write)));
callbacks
  .command('drop')
  .description('forget callbacks that were given up; all of them unless ids are given')
  .argument('[ids...]')
  .option('--queued', 'those waiting to be sent instead', false)
  .option(...address)
  .action(async (ids, options) => exitBy(await (await import('./client/callbacks.js')).drop(options, ids, write)));

program
  .command('tail')
  .description('every event as it happens, one JSON object a line')
  .option('--from <cursor>', 'begin after this cursor; 0: all that are kept', cursorOf)
  .option('--room <name>', 'only those of one room')
  .option(...address)
  .action(async (options) => exitBy(await (await import('./client/tail.js')).tail(options, write)));

program
  .command('rooms')
  .description('conferences that live, one line each; of one room also who is in it')
  .argument('[room]')
  .option(...address)
  .action(async (room, options) =>
    exitBy(await (await import('./client/rooms.js')).rooms({ ...options, room }, write)),
  );
for (const [does, what] of [
  ['mute', 'nobody in the room hears a call any more'],
  ['unmute', 'it is heard again'],
  ['kick', 'takes a call out of a room'],
] as const) {
  program
    .command(does)
    .description(what)
    .argument('<room>')
    .argument('<call>', 'its sid')
    .option(...address)
    .action(async (room, call, options) =>
      exitBy(await (await import('./client/rooms.js')).act(options, does, room, call)),
    );
}
program
  .command('end')
  .description('ends the conference in a room: everybody out')
  .argument('<room>')
  .option(...address)
  .action(async (room, options) => exitBy(await (await import('./client/rooms.js')).end(options, room)));
program
  .command('join')
  .description('say a WAV file in a room and leave; without a file, listen until interrupted')
  .argument('<room>')
  .argument('[file]', 'mono, 16 bits, any rate')
  .option('--label <name>', 'its name among the participants')
  .option('--listen <file>', 'what is heard, as a WAV file')
  .option('--stay <seconds>', 'stay for so long after the file', seconds)
  .option(...address)
  .action(async (room, file, options) =>
    exitBy(await (await import('./client/join.js')).join(room, file ?? null, options, write)),
  );

await program.parseAsync();
