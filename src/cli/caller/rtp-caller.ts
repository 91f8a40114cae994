/**
 * A telephone over RTP: sends G.711 each 20 ms from the socket it listens on, and records what it hears.
 * It shares no line with the daemon.
 */
import { createSocket, type Socket } from 'node:dgram';
import { decodeG711, encodeG711, type G711Law, payloadTypes, silenceCodes } from '../../client/g711.js';
import { every, monotonicNowMs } from './monotonic.js';
import { Recording } from './recording.js';
import { readRtp, writeRtp } from './rtp-packet.js';
import { type MediaAddress, readSdpAnswer, sdpOffer } from './sdp.js';
import type { Voice } from './voice.js';

const rateHz = 8000;
const frameSamples = 160;
const frameMs = 20;

/** Datagrams the kernel keeps while this process is busy: some seconds of one stream. */
const receiveBufferBytes = 256 * 1024;

export type RtpCallerOptions = {
  readonly voice: Voice;
  /** What the offer names, best first. */
  readonly laws: readonly G711Law[];
  /** False for one that only listens: it sends nothing at all, and is reached at the address in its offer. */
  readonly sends?: boolean;
};

export class RtpCaller {
  readonly recording = new Recording(rateHz);
  /** Monotonic instant at which the first sample of the voice left; null before. */
  sendingSinceMs: number | null = null;
  readonly #options: RtpCallerOptions;
  readonly #socket: Socket;
  readonly #ssrc: number;
  #heardSsrc: number | null = null;
  #stopSending: () => void = () => {};
  #sent = 0;

  private constructor(socket: Socket, options: RtpCallerOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#ssrc = (socket.address().port * 0x9e37_79b1) >>> 0;
  }

  /** Bound to a free port of the loopback interface. */
  static async open(options: RtpCallerOptions): Promise<RtpCaller> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: receiveBufferBytes });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, '127.0.0.1', resolve);
    });
    return new RtpCaller(socket, options);
  }

  get local(): MediaAddress {
    const { address, port } = this.#socket.address();
    return { host: address, port };
  }

  get packetsSent(): number {
    return this.#sent;
  }

  offer(): string {
    return sdpOffer(this.local, this.#options.laws);
  }

  /** Begins to send and to listen. */
  start(sdpAnswer: string): void {
    const { remote, law } = readSdpAnswer(sdpAnswer);
    this.#socket.on('message', (datagram) => this.#hear(datagram, law));
    if (this.#options.sends ?? true) this.#stopSending = every(frameMs, () => this.#send(remote, law));
  }

  close(): void {
    this.#stopSending();
    this.#socket.close();
  }

  #hear(datagram: Buffer, law: G711Law): void {
    const packet = readRtp(datagram);
    if (packet === null || packet.payloadType !== payloadTypes[law]) return;
    if (packet.ssrc !== this.#heardSsrc) this.recording.beginStream();
    this.#heardSsrc = packet.ssrc;
    this.recording.add(packet.sequence, packet.timestamp, decodeG711(law, packet.payload), monotonicNowMs());
  }

  #send(remote: MediaAddress, law: G711Law): void {
    const samples = this.#options.voice.next(frameSamples);
    const payload = samples === null ? new Uint8Array(frameSamples).fill(silenceCodes[law]) : encodeG711(law, samples);
    const packet = writeRtp({
      payloadType: payloadTypes[law],
      marker: this.#sent === 0,
      sequence: this.#sent & 0xffff,
      timestamp: (this.#sent * frameSamples) >>> 0,
      ssrc: this.#ssrc,
      payload,
    });
    this.sendingSinceMs ??= monotonicNowMs();
    this.#sent++;
    this.#socket.send(packet, remote.port, remote.host);
  }
}
