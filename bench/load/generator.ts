/** The telephones of the load: rtp_load in a process of its own, and what it is told and tells. */
import { type Child, cpuNs, startChild } from '../support/child.js';
import { nativeProgram } from '../support/native-build.js';
import { type Answer, payloadTypes, type Suite } from './offer.js';
import type { Coding, Part } from './shapes.js';

/** What it prints of a measurement. */
export type Judgement = {
  readonly legs: number;
  readonly sent: number;
  readonly received: number;
  /** Of legs that hear tones: frames whose every sample is what it must be, and the others. */
  readonly framesRight: number;
  readonly framesWrong: number;
  /** Of the wrong: whole and as loud as they must be, but moved by a jitter buffer that has adapted. */
  readonly framesMoved: number;
  /** Of all others: half seconds of what they heard that were looked at, and those with the right voices alone. */
  readonly stretches: number;
  readonly stretchesRight: number;
  /** The loudest trace of an own voice, against how it was said. */
  readonly ownDbMax: number;
  readonly checksum: string;
  readonly lateMsP50: number;
  readonly lateMsP99: number;
  readonly lateMsP999: number;
  readonly lateMsMax: number;
  readonly laterThan20Ms: number;
  readonly laterThan60Ms: number;
  /** How late this program itself sends: beyond a few ms it is the bottleneck. */
  readonly sendLateMsP99: number;
  readonly sendLateMsMax: number;
  readonly generatorUsPerLegFrame: number;
  /** The first few that were not right. */
  readonly wrong: readonly {
    readonly leg: number;
    readonly gainDb: number;
    readonly restDb: number;
    readonly ownDb: number;
  }[];
};

export type Telephones = {
  readonly coding: Coding;
  /** Files of raw int16 at 48 kHz: what those who speak say. */
  readonly recordings: readonly string[];
  /** Each on a socket of its own, as those of the world are; otherwise those that send together share one. */
  readonly ownSockets?: boolean;
};

export class Generator {
  readonly #child: Child;
  readonly #coding: Coding;
  /** Local ports of the telephones. */
  readonly ports: readonly number[];

  private constructor(child: Child, coding: Coding, ports: readonly number[]) {
    this.#child = child;
    this.#coding = coding;
    this.ports = ports;
  }

  static async start(lines: number, { coding, recordings, ownSockets = false }: Telephones): Promise<Generator> {
    const sockets = ownSockets ? 'own' : 'shared';
    const child = startChild(nativeProgram('rtp_load'), [String(lines), coding, sockets, ...recordings]);
    return new Generator(child, coding, (await child.line()).split(' ').map(Number));
  }

  /** `key` is what the telephone offered. */
  answer(
    leg: number,
    part: Part,
    call: Answer & { readonly offered: Buffer | null; readonly suite: Suite | null },
  ): void {
    const hears = part.hears.length === 0 ? '-' : `${part.inCrowd ? '~' : ''}${part.hears.join(',')}`;
    const keys =
      call.suite === null ? '' : ` ${call.suite} ${call.offered?.toString('hex')} ${call.key?.toString('hex')}`;
    this.#tell(`answer ${leg} ${call.host} ${call.port} ${payloadTypes[this.#coding]} ${part.voice} ${hears}${keys}`);
  }

  hangUp(leg: number): void {
    this.#tell(`hangup ${leg}`);
  }

  /** Resolves when everything before it is carried out. */
  async sync(): Promise<void> {
    this.#tell('sync');
    await this.#child.line();
  }

  /** `ended` is awaited when the time is over, before what was heard is judged. */
  async measure(seconds: number, ended: () => Promise<void>): Promise<Judgement> {
    this.#tell(`measure ${seconds}`);
    await this.#child.line();
    await ended();
    return JSON.parse(await this.#child.line());
  }

  cpuNs(): number {
    return cpuNs(this.#child.process.pid ?? 0);
  }

  quit(): void {
    this.#tell('quit');
  }

  #tell(order: string): void {
    this.#child.process.stdin.write(`${order}\n`);
  }
}

/** Of what was looked at: frames to the bit, or stretches of speech. 1 when nothing was to be heard. */
export function rightShare({ framesRight, framesWrong, stretches, stretchesRight }: Judgement): number {
  const looked = framesRight + framesWrong + stretches;
  return looked === 0 ? 1 : (framesRight + stretchesRight) / looked;
}

/** Likewise of what is all there: a voice that a jitter buffer has moved is so in every frame from then on. */
export const heardShare = (judgement: Judgement): number =>
  rightShare({
    ...judgement,
    framesRight: judgement.framesRight + judgement.framesMoved,
    framesWrong: judgement.framesWrong - judgement.framesMoved,
  });

/** Of the packets that should have come: as many as were sent, since a mixer sends while it is sent to. */
export const deliveredShare = ({ sent, received }: Judgement): number => Math.min(1, received / Math.max(1, sent));
