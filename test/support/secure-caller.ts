/** A telephone whose packets are secured (RFC 4568): sends a voice each 20 ms and records what it hears. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { every, monotonicNowMs } from '../../src/cli/caller/monotonic.js';
import { Recording } from '../../src/cli/caller/recording.js';
import { readRtp, writeRtp } from '../../src/cli/caller/rtp-packet.js';
import type { MediaAddress } from '../../src/cli/caller/sdp.js';
import type { Tone } from '../../src/cli/caller/voice.js';
import { decodeG711, encodeG711 } from '../../src/client/g711.js';
import { newMaster, SrtpKeys } from './srtp.js';

const frameSamples = 160;

export class SecureCaller {
  readonly recording = new Recording(8000);
  /** What it has sent, as it went out. */
  readonly sent: Buffer[] = [];
  /** Datagrams of RTP that did not open under the key of the last answer, or the one before. */
  strange = 0;
  /** Of the streams it heard, one after the other. */
  readonly ssrcs: number[] = [];
  #socket: Socket;
  readonly #voice: Tone;
  /** Offered, and in use once the offer is answered. */
  #offered = newMaster();
  #ours = new SrtpKeys(this.#offered);
  #theirs: readonly SrtpKeys[] = [];
  #remote: MediaAddress = { host: '', port: 0 };
  #stopSending: () => void = () => {};

  private constructor(socket: Socket, voice: Tone) {
    this.#socket = socket;
    this.#voice = voice;
  }

  static async open(voice: Tone): Promise<SecureCaller> {
    return new SecureCaller(await boundSocket(), voice);
  }

  get remote(): MediaAddress {
    return this.#remote;
  }

  /** With the key it offered last; a fresh one first when `rekeys`. */
  offer(rekeys = false): string {
    if (rekeys) this.#offered = newMaster();
    const { port } = this.#socket.address();
    return secureOffer(port, this.#offered);
  }

  /** Goes over to the keys of this answer, and begins when it is the first. */
  accept(answer: string): void {
    const { remote, key } = readSecureAnswer(answer);
    this.#remote = remote;
    this.#theirs = [new SrtpKeys(key), ...this.#theirs].slice(0, 2);
    this.#ours = new SrtpKeys(this.#offered);
    if (this.sent.length > 0) return;
    this.#socket.on('message', (datagram) => this.#hear(datagram));
    this.#stopSending = every(20, () => this.#send());
  }

  /** To another port, as one does that changes its network: who still sends to the old one finds nobody. */
  async move(): Promise<void> {
    this.#socket.close();
    this.#socket = await boundSocket();
    this.#socket.on('message', (datagram) => this.#hear(datagram));
  }

  /** From its own address, whatever it is. */
  sendAgain(datagram: Buffer): void {
    this.#socket.send(datagram, this.#remote.port, this.#remote.host);
  }

  close(): void {
    this.#stopSending();
    this.#socket.close();
  }

  #hear(datagram: Buffer): void {
    // RTCP shares the socket.
    if (readRtp(datagram) === null) return;
    const opened = this.#theirs.map((keys) => keys.unprotect(datagram)).find((packet) => packet !== null);
    const packet = opened === undefined || opened === null ? null : readRtp(opened);
    if (packet === null) {
      this.strange++;
      return;
    }
    if (this.ssrcs.at(-1) !== packet.ssrc) {
      this.recording.beginStream();
      this.ssrcs.push(packet.ssrc);
    }
    this.recording.add(packet.sequence, packet.timestamp, decodeG711('pcmu', packet.payload), monotonicNowMs());
  }

  #send(): void {
    const count = this.sent.length;
    const packet = writeRtp({
      payloadType: 0,
      marker: count === 0,
      sequence: 1000 + count,
      timestamp: count * frameSamples,
      ssrc: 0x5eed,
      payload: encodeG711('pcmu', this.#voice.next(frameSamples)),
    });
    const datagram = this.#ours.protect(packet);
    this.sent.push(datagram);
    this.#socket.send(datagram, this.#remote.port, this.#remote.host);
  }
}

async function boundSocket(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 256 * 1024 }).bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** RTCP shares the socket. */
export const secureOffer = (port: number, master: Buffer): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/SAVP 0`,
    'a=rtcp-mux',
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${master.toString('base64')}`,
    '',
  ].join('\r\n');

export function readSecureAnswer(answer: string): { readonly remote: MediaAddress; readonly key: Buffer } {
  const port = /^m=audio (\d+) RTP\/SAVP 0/m.exec(answer)?.[1];
  const key = /^a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:(\S{40})/m.exec(answer)?.[1];
  if (port === undefined || key === undefined) throw new Error('no secured audio in this answer');
  return { remote: { host: '127.0.0.1', port: Number(port) }, key: Buffer.from(key, 'base64') };
}
