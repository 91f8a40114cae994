/** What a load can be told on the command line. */
import { parseArgs } from 'node:util';
import { type CommanderKind, commanderKinds } from './commanders.js';
import { type Suite, suiteNames } from './offer.js';
import { type Coding, codings, legsOf, type ShapeName, shapeNames, shapeOf, shapes } from './shapes.js';
import type { OwnDaemon } from './target.js';

const listOfShapes = shapeNames.map((name) => `    ${name.padEnd(12)} ${shapes[name].title}`).join('\n');

export const help = `A load test: telephones in a process of their own call a daemon, talk, and judge what they hear.

  make load ARGS='[options]'       or: node_modules/.bin/tsx bench/load/main.ts [options]

What is done
  --shape NAME        ${shapeNames[0]} unless said otherwise:
${listOfShapes}
  --legs N            300
  --codec NAME        pcmu, or opus: packets encoded beforehand by libopus
  --srtp [SUITE]      ${suiteNames.join(', ')}; the first when none is named
  --own-sockets       each telephone on a socket of its own; otherwise those that send in the same millisecond share one
  --seconds S         measured, 10; after --warm-up S, 3
  --rounds N          1; each begins with the floor, a bare UDP echo of the same packets, and with another daemon
  --no-floor          leaves the echo out

Instead of that
  --find-limit        adds legs from --legs on, up to --legs-max N (4000), until the daemon does not hold them: says how
                      many it holds with 99.9 % delivered, late p99 5 ms, no tick overrun, 99 % heard rightly
  --cycles N          fills and ends one conference N times: how long until all are gone, and memory that is left
  --smoke             seconds, few legs, and all shapes: fails only when a leg hears what it must not

Beside it
  --storm N           N commands a second (with --shape storm): their latency, and gaps in the tones
  --storm-over WAY    stream: over one CommandService.Issue; calls: a call for each

Where
  --shards N          of the daemon that is started here, 1: each is a thread, with room for all legs
  --address H:P       your own daemon's gRPC API, with --metrics URL (http://H:P) and, if it asks for one, --token T;
                      without, one is started here. No floor then: it would not be of that machine
  --media-host IP     address of this machine as that daemon reaches it, 127.0.0.1

What is kept
  --out FOLDER        bench-out: load-SHAPE.json and load-SHAPE.svg
  --save-baseline [F] keeps the figures in F, FOLDER/baseline-SHAPE.json
  --compare [F]       beside those kept; exit status 1 when one is worse by more than --noise PERCENT, 15
`;

export type Options = {
  readonly shapeName: ShapeName;
  readonly legs: number;
  readonly legsMax: number;
  readonly coding: Coding;
  readonly suite: Suite | null;
  readonly ownSockets: boolean;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly rounds: number;
  readonly withFloor: boolean;
  readonly task: 'measure' | 'find-limit' | 'cycles' | 'smoke';
  readonly cycles: number;
  readonly stormPerSecond: number;
  readonly stormOver: CommanderKind;
  readonly shards: number;
  readonly ownDaemon: OwnDaemon | null;
  readonly mediaHost: string;
  readonly out: string;
  readonly saveBaseline: string | null;
  readonly compare: string | null;
  readonly noise: number;
};

export class BadOption extends Error {}

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  shape: { type: 'string', default: shapeNames[0] },
  legs: { type: 'string', default: '300' },
  'legs-max': { type: 'string', default: '4000' },
  codec: { type: 'string', default: 'pcmu' },
  srtp: { type: 'string' },
  'own-sockets': { type: 'boolean', default: false },
  seconds: { type: 'string', default: '10' },
  'warm-up': { type: 'string', default: '3' },
  rounds: { type: 'string', default: '1' },
  'no-floor': { type: 'boolean', default: false },
  'find-limit': { type: 'boolean', default: false },
  cycles: { type: 'string', default: '0' },
  smoke: { type: 'boolean', default: false },
  storm: { type: 'string', default: '0' },
  'storm-over': { type: 'string', default: 'stream' },
  shards: { type: 'string', default: '1' },
  address: { type: 'string' },
  metrics: { type: 'string' },
  token: { type: 'string' },
  'media-host': { type: 'string', default: '127.0.0.1' },
  out: { type: 'string', default: 'bench-out' },
  'save-baseline': { type: 'string' },
  compare: { type: 'string' },
  noise: { type: 'string', default: '15' },
} as const;

/** Options whose value may be left out: an empty one is put in its place. */
const valuesMayBeMissing = ['--srtp', '--save-baseline', '--compare'];

function withEmptyValues(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const next = args[index + 1];
    return valuesMayBeMissing.includes(arg) && (next === undefined || next.startsWith('--')) ? `${arg}=` : arg;
  });
}

/** Null when help is wanted; throws BadOption, naming the option and the rule. */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parse(args);
  if (values.help) return null;
  const shapeName = one('--shape', values.shape, shapeNames);
  const coding = one('--codec', values.codec, codings);
  const shape = shapeOf(shapeName);
  if (shape.isOfTones === true && coding !== 'pcmu') throw new BadOption(`--shape ${shapeName} is in PCMU alone`);
  const cycles = number('--cycles', values.cycles, 0, 1000);
  const tasks = [values['find-limit'] && 'find-limit', cycles > 0 && 'cycles', values.smoke && 'smoke'] as const;
  const [task = 'measure', another] = tasks.filter((name) => name !== false);
  if (another !== undefined) throw new BadOption(`--${task} and --${another} are two things`);
  if ((values.address === undefined) !== (values.metrics === undefined)) {
    throw new BadOption('--address and --metrics go together');
  }
  const { address, metrics, token = null, out } = values;
  const file = (given: string | undefined): string | null =>
    given === undefined ? null : given === '' ? `${out}/baseline-${shapeName}.json` : given;
  return {
    shapeName,
    legs: legsOf(shape, number('--legs', values.legs, 1, 20_000)),
    legsMax: number('--legs-max', values['legs-max'], 1, 20_000),
    coding,
    suite: values.srtp === undefined ? null : one('--srtp', values.srtp || 'AEAD_AES_128_GCM', suiteNames),
    ownSockets: values['own-sockets'],
    seconds: number('--seconds', values.seconds, 1, 3600),
    warmUpSeconds: number('--warm-up', values['warm-up'], 1, 3600),
    rounds: number('--rounds', values.rounds, 1, 100),
    withFloor: !values['no-floor'],
    task,
    cycles,
    stormOver: one('--storm-over', values['storm-over'], commanderKinds),
    stormPerSecond: number('--storm', values.storm, 0, 100_000),
    shards: number('--shards', values.shards, 1, 64),
    ownDaemon: address === undefined || metrics === undefined ? null : { address, metrics, token },
    mediaHost: values['media-host'],
    out,
    saveBaseline: file(values['save-baseline']),
    compare: file(values.compare),
    noise: number('--noise', values.noise, 0, 1000) / 100,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: withEmptyValues(args), options });
  } catch (error) {
    throw new BadOption((error as Error).message);
  }
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new BadOption(`${name} is a whole number from ${least} to ${most}, not "${text}"`);
}

function one<T extends string>(name: string, text: string | undefined, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  if (found === undefined) throw new BadOption(`${name} is one of ${known.join(', ')}, not "${text}"`);
  return found;
}
