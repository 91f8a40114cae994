/**
 * baresip, a SIP telephone that was not written here, without sound devices: it says a file, and writes down what it
 * hears as it comes out of its decoder.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Sound, writeWav } from '../../src/cli/caller/wav.js';
import type { ForeignPrograms } from './foreign-program.js';

/** As baresip lists them, and the rate of the file it says in each. */
export const baresipCodecs = {
  pcmu: { name: 'PCMU/8000/1', rateHz: 8000 },
  pcma: { name: 'PCMA/8000/1', rateHz: 8000 },
  g722: { name: 'G722/16000/1', rateHz: 16_000 },
  opus: { name: 'opus/48000/2', rateHz: 48_000 },
} as const;
export type BaresipCodec = keyof typeof baresipCodecs;

export type BaresipSetup = {
  readonly codec: BaresipCodec;
  /** By SDES, and no call without. */
  readonly secured: boolean;
  /** At the rate of the codec; silence when it is over. */
  readonly said: Sound;
};

const waveHeaderBytes = 44;

/** The first channel of a file with the plainest of headers. */
function readFirstChannel(file: string): Sound {
  const bytes = readFileSync(file);
  const frameBytes = bytes.readUInt16LE(32);
  const length = Math.floor((bytes.length - waveHeaderBytes) / frameBytes);
  const at = (index: number): number => bytes.readInt16LE(waveHeaderBytes + index * frameBytes);
  return { rateHz: bytes.readUInt32LE(24), samples: Int16Array.from({ length }, (_, index) => at(index)) };
}

export class Baresip {
  readonly #folder: string;
  readonly #process: ChildProcess;

  /** Calls `room` at `door` with everything it needs in a new folder. */
  constructor(programs: ForeignPrograms, folder: string, { door, room, ...setup }: BaresipSetup & Called) {
    this.#folder = folder;
    const { name } = baresipCodecs[setup.codec];
    mkdirSync(folder);
    writeWav(join(folder, 'said.wav'), setup.said);
    const modules = ['stdio', 'g711', 'g722', 'opus', 'aufile', 'aubridge', 'sndfile', 'srtp'];
    const configuration = [
      ...['sip_listen 127.0.0.1:0', 'net_interface 127.0.0.1', 'module_path /usr/lib/baresip/modules'],
      ...[`audio_source aufile,${join(folder, 'said.wav')}`, 'audio_player aubridge,heard', `snd_path ${folder}`],
      // Its Opus has two channels, its files have one.
      ...['ausrc_channels 1', 'auplay_channels 1'],
      ...modules.map((module) => `module ${module}.so`),
      ...['module_tmp account.so', 'module_app menu.so', 'ringback_disabled yes', ''],
    ];
    writeFileSync(join(folder, 'config'), configuration.join('\n'));
    const encryption = setup.secured ? ';mediaenc=srtp-mand' : '';
    writeFileSync(join(folder, 'accounts'), `<sip:baresip@127.0.0.1>;regint=0;audio_codecs=${name}${encryption}\n`);
    writeFileSync(join(folder, 'contacts'), '');
    this.#process = programs.start('baresip', ['-f', folder, '-e', `/dial sip:${room}@${door}`]);
  }

  /** Held for a quarter of a second, as one does who types on its keyboard. */
  press(key: string): void {
    this.#process.stdin?.write(key);
  }

  /** What it has heard from the first packet on. */
  async hangUp(): Promise<Sound> {
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGTERM');
    await closed;
    const file = readdirSync(this.#folder).find((name) => name.endsWith('-dec.wav'));
    if (file === undefined) throw new Error('baresip has heard nothing');
    return readFirstChannel(join(this.#folder, file));
  }
}

/** Whom it calls: a room at a SIP address. */
type Called = { readonly door: string; readonly room: string };
