/**
 * A telephone that sends what was encoded beforehand, in one codec after the other and from one address after the
 * other, and keeps account of what it is sent.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { every, monotonicNowMs } from '../../src/cli/caller/monotonic.js';
import { readRtp, writeRtp } from '../../src/cli/caller/rtp-packet.js';
import { closed } from './foreign-program.js';

const frameMs = 20;

/** What it says in one codec: frames of 20 ms, from the first again when they are over. */
export type Script = {
  readonly payloadType: number;
  readonly clockRateHz: number;
  readonly frames: readonly Uint8Array[];
};

export type Heard = {
  readonly payloadType: number;
  readonly sequence: number;
  readonly ssrc: number;
  /** By the monotonic clock. */
  readonly atMs: number;
};

export class FrameCaller {
  /** Of the socket it has now, and of those it had. */
  readonly heard: Heard[] = [];
  /** How many frames it has sent. */
  sent = 0;
  ssrc: number;
  #socket: Socket;
  #script: Script;
  #begunAt = 0;
  #stop: () => void = () => {};

  private constructor(socket: Socket, script: Script, ssrc: number) {
    this.#socket = socket;
    this.#script = script;
    this.ssrc = ssrc;
    this.#listen();
  }

  static async open(script: Script, ssrc = 0x5eed): Promise<FrameCaller> {
    return new FrameCaller(await boundSocket(), script, ssrc);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** From its first frame on: an encoder that begins expects a decoder that does. */
  says(script: Script): void {
    this.#script = script;
    this.#begunAt = this.sent;
  }

  /** Sends to a port of this machine, at once and each 20 ms from then on. */
  start(port: number): void {
    this.#stop = every(frameMs, () => this.#send(port));
  }

  /** Sends no more until it starts again, with the next frame. */
  pause(): void {
    this.#stop();
  }

  /** Goes on from another port, as one does whose NAT has forgotten it: who still sends to the old one finds nobody. */
  async move(): Promise<void> {
    const before = this.#socket;
    this.#socket = await boundSocket();
    this.#listen();
    await closed(before);
  }

  close(): void {
    this.#stop();
    this.#socket.close();
  }

  #listen(): void {
    this.#socket.on('message', (datagram) => {
      const packet = readRtp(datagram);
      if (packet === null) return;
      const { payloadType, sequence, ssrc } = packet;
      this.heard.push({ payloadType, sequence, ssrc, atMs: monotonicNowMs() });
    });
  }

  #send(port: number): void {
    const { payloadType, clockRateHz, frames } = this.#script;
    const packet = writeRtp({
      payloadType,
      marker: this.sent === 0,
      sequence: (1000 + this.sent) & 0xffff,
      timestamp: (this.sent * clockRateHz * frameMs) / 1000,
      ssrc: this.ssrc,
      payload: frames[(this.sent - this.#begunAt) % frames.length] ?? new Uint8Array(),
    });
    this.sent++;
    this.#socket.send(packet, port, '127.0.0.1');
  }
}

async function boundSocket(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 256 * 1024 }).bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
