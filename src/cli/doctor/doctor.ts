/** `parley doctor`: what this machine lacks for good audio with the daemon's settings, and how to fix it. */
import { receiveBufferBytes } from '../../adapters/engine/rtp-sockets.js';
import { shardLimits } from '../../adapters/engine/shard-memory.js';
import { type Config, parseConfig } from '../../config/config.js';
import { configSource } from '../../config/config-file.js';
import { layoutVersion } from '../../media/engine-layout.js';
import { layoutChecksum } from '../../media/engine-layout-offsets.js';
import type { Colour, Paint } from '../paint.js';
import { diagnose, type Finding } from './diagnosis.js';
import { examineMachine } from './machine.js';

export type DoctorOptions = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly paint: Paint;
  readonly write: (line: string) => void;
};

const signs: Readonly<Record<Finding['state'], readonly [Colour, string]>> = {
  good: ['green', '✓'],
  poor: ['yellow', '!'],
  bad: ['red', '✗'],
};

const subjectColumns = 22;

function readConfig(environment: DoctorOptions['environment']): Config | readonly string[] {
  const source = configSource({ environment });
  if (!source.ok) return [source.error];
  const config = parseConfig(source.value);
  return config.ok ? config.value : config.error;
}

function findings(config: Config): readonly Finding[] {
  const rtp = { host: config.mediaBind, ...config.rtpPorts };
  return diagnose(examineMachine({ rtp, limits: shardLimits(config) }), {
    layout: { version: layoutVersion, checksum: layoutChecksum() },
    rtp,
    receiveBufferBytes,
    legsMax: config.legsPerShard * config.shards,
    shards: config.shards,
  });
}

/** False when something keeps Parley from working; what only costs quality is told, and is no failure. */
export function examine({ environment, paint, write }: DoctorOptions): boolean {
  const config = readConfig(environment);
  if (!('shards' in config)) {
    for (const line of config) write(`${paint('red', '✗')} ${line}`);
    return false;
  }
  const found = findings(config);
  for (const finding of found) {
    const [colour, sign] = signs[finding.state];
    write(`${paint(colour, sign)} ${finding.subject.padEnd(subjectColumns)}${finding.says}`);
    if (finding.state !== 'good') write(`  ${paint('dim', `→ ${finding.remedy}`)}`);
  }
  const bad = found.filter(({ state }) => state === 'bad').length;
  const poor = found.filter(({ state }) => state === 'poor').length;
  write('');
  if (bad > 0) write(paint('red', `Parley cannot work here: ${bad} to mend first.`));
  else if (poor > 0) write(paint('yellow', `Parley works here; ${poor} of these would make it better.`));
  else write(paint('green', 'This machine has all that Parley wants.'));
  return bad === 0;
}
