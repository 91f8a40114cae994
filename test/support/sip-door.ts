/**
 * A front door for telephones that speak SIP: as little of a server (RFC 3261 §13, §15) as a call takes, over UDP on
 * the loopback interface. The user part of what is dialled is the room. An offer goes to `CallService.Dial` and its
 * answer back; another in the call to `UpdateCall`.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import type { Attributes, Platform } from './platform.js';
import { until } from './waiting.js';

type Request = {
  readonly method: string;
  readonly user: string;
  /** The headers that a response repeats, as they came. */
  readonly repeated: readonly string[];
  readonly callId: string;
  readonly sequence: string;
  readonly body: string;
};

type Call = { readonly room: string; readonly callSid: string; acknowledged: boolean; over: boolean };

/** Null for what is no request: responses, and the blank lines that keep a mapping alive. */
function readRequest(text: string): Request | null {
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  const [first = '', ...headers] = head.split('\r\n');
  const [, method, user = ''] = /^([A-Z]+) sip:(?:([^@;]*)@)?\S+ SIP\/2\.0$/.exec(first) ?? [];
  const headerOf = (name: string): string | undefined =>
    headers.find((header) => header.startsWith(`${name}:`))?.slice(name.length + 1);
  const [callId, sequence] = [headerOf('Call-ID'), headerOf('CSeq')];
  if (method === undefined || callId === undefined || sequence === undefined) return null;
  const repeated = headers.filter((header) => /^(Via|From|To|Call-ID|CSeq):/.test(header));
  return { method, user: decodeURIComponent(user), repeated, callId, sequence: sequence.trim(), body };
}

export class SipDoor {
  readonly #socket: Socket;
  readonly #platform: Platform;
  readonly #attributes: Attributes;
  readonly #calls = new Map<string, Call>();
  /** Of each request that came: what it was answered, empty while nobody knows. */
  readonly #responses = new Map<string, string>();

  private constructor(socket: Socket, platform: Platform, attributes: Attributes) {
    this.#socket = socket;
    this.#platform = platform;
    this.#attributes = attributes;
    socket.on('message', (datagram, from) => void this.#take(datagram.toString(), from));
  }

  static async open(platform: Platform, attributes: Attributes = {}): Promise<SipDoor> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new SipDoor(socket, platform, attributes);
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  close(): void {
    this.#socket.close();
  }

  /** The call into a room, once both sides know of it. */
  async established(room: string): Promise<{ readonly callSid: string }> {
    const find = () => [...this.#calls.values()].find((call) => call.room === room && call.acknowledged);
    await until(() => find() !== undefined);
    const call = find();
    if (call === undefined) throw new Error(`nobody called ${room}`);
    return call;
  }

  /** Resolves when the telephone in a room has hung up. */
  async over(room: string): Promise<void> {
    await until(() => [...this.#calls.values()].some((call) => call.room === room && call.over));
  }

  async #take(text: string, from: RemoteInfo): Promise<void> {
    const request = readRequest(text);
    if (request === null) return;
    const call = this.#calls.get(request.callId);
    if (request.method === 'ACK') {
      if (call !== undefined) call.acknowledged = true;
      return;
    }
    const transaction = `${request.callId} ${request.sequence}`;
    // Who hears nothing asks again, and is answered when there is an answer.
    if (this.#responses.get(transaction) === '') return;
    const known = this.#responses.get(transaction);
    if (known === undefined) this.#responses.set(transaction, '');
    const response = known ?? (await this.#respond(request, call));
    this.#responses.set(transaction, response);
    this.#socket.send(response, from.port, from.address);
  }

  async #respond(request: Request, call: Call | undefined): Promise<string> {
    if (request.method === 'INVITE') {
      try {
        return this.#response(request, '200 OK', await this.#answer(request, call));
      } catch (error) {
        return this.#response(request, '488 Not Acceptable Here', '', String(error));
      }
    }
    if (call === undefined) return this.#response(request, '481 Call/Transaction Does Not Exist');
    if (request.method !== 'BYE') return this.#response(request, '405 Method Not Allowed');
    call.over = true;
    await this.#platform.hangUp(call);
    return this.#response(request, '200 OK');
  }

  /** SDP for an offer: of a new call, or of the one it came in. */
  async #answer({ callId, user, body }: Request, call: Call | undefined): Promise<string> {
    const rtp = { case: 'rtp', value: { sdpOffer: body } } as const;
    if (call !== undefined) {
      const { callSid } = call;
      const updated = await this.#platform.client.call(CallService.method.updateCall, { callSid, update: rtp });
      return updated.rtp?.sdpAnswer ?? '';
    }
    const { callSid, media } = await this.#platform.dial(user, rtp, this.#attributes);
    this.#calls.set(callId, { room: user, callSid, acknowledged: false, over: false });
    return media.case === 'rtp' ? media.value.sdpAnswer : '';
  }

  #response({ repeated }: Request, status: string, body = '', reason = ''): string {
    // The tag of a call that has one stays (RFC 3261 §8.2.6.2).
    const headers = repeated.map((header) => (/^To:(?!.*;tag=)/.test(header) ? `${header};tag=parley` : header));
    return [
      `SIP/2.0 ${status}`,
      ...headers,
      `Contact: <sip:${this.address}>`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      ...(reason === '' ? [] : [`Reason: SIP;text="${reason.replaceAll(/["\r\n]/g, ' ')}"`]),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
  }
}
