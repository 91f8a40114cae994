/**
 * A front door for telephones that speak SIP over UDP: as much of a server (RFC 3261) as calls take that come in, are
 * offered anew and end on either side. Whoever registers, is authenticated or comes over TLS is the affair of the proxy
 * in front of it. The user part of what is dialled is the room.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { insist, SipDialog } from './sip-dialog.js';
import {
  headerOf,
  type Peer,
  readMessage,
  response,
  responsePeer,
  type SipRequest,
  type SipResponse,
  uriOf,
  userOf,
} from './sip-message.js';

/** What Parley does for a call. A rejection is an answer of SIP: `refusal` says which. */
export interface Exchange {
  dial(call: { readonly user: string; readonly from: string; readonly offer: string }): Promise<Dialled>;
  reoffer(callSid: string, offer: string): Promise<string>;
  hangUp(callSid: string): Promise<void>;
  /** Both sides know of the call. */
  established(callSid: string): void;
  /** Code and words of SIP for what `dial` or `reoffer` rejected with. */
  refusal(error: unknown): string;
}
export type Dialled = { readonly callSid: string; readonly answer: string };

const callsMax = 2000;
/** Responses kept for whoever did not hear them and asks again. */
const responsesMax = 10_000;
const methods = 'INVITE, ACK, BYE, CANCEL, OPTIONS';
const stranger = '481 Call/Transaction Does Not Exist';

type Call = {
  readonly dialog: SipDialog;
  /** Null while it is being dialled. */
  callSid: string | null;
  /** Its caller did not wait, or it was ended while it was being dialled. */
  isOver: boolean;
  /** Stops what is repeated until the other side answers. */
  settle: () => void;
  /** It was told that it is over, and has said so itself or not. */
  ended: (isAnswered: boolean) => void;
};

/** A response to one request: code and words, headers, SDP. */
type Reply = (status: string, more?: readonly string[], sdp?: string) => string;

const nothing = (): void => undefined;
const transactionOf = ({ headers }: SipRequest): string =>
  `${headerOf(headers, 'call-id')} ${headerOf(headers, 'cseq')}`;

export class SipFront {
  readonly #socket: Socket;
  readonly #exchange: Exchange;
  readonly #host: string;
  /** By Call-ID. */
  readonly #calls = new Map<string, Call>();
  /** Of each request: what it was answered, null while nobody knows. */
  readonly #responses = new Map<string, string | null>();

  private constructor(socket: Socket, host: string, exchange: Exchange) {
    this.#socket = socket;
    this.#host = host;
    this.#exchange = exchange;
    socket.on('message', (datagram, from) => this.#take(datagram.toString(), from));
  }

  /** Port 0: of the kernel's choice. */
  static async open(host: string, port: number, exchange: Exchange): Promise<SipFront> {
    const socket = createSocket('udp4').bind(port, host);
    await once(socket, 'listening');
    return new SipFront(socket, host, exchange);
  }

  get address(): string {
    return `${this.#host}:${this.#socket.address().port}`;
  }

  close(): void {
    for (const call of this.#calls.values()) call.settle();
    this.#socket.close();
  }

  /** The call is over on the side of Parley: its telephone is told. Resolves with whether it has answered. */
  async over(callSid: string): Promise<boolean> {
    const call = [...this.#calls.values()].find((one) => one.callSid === callSid);
    return call === undefined || call.isOver ? false : this.#bye(call);
  }

  #take(text: string, from: Peer): void {
    const message = readMessage(text);
    if (message === null) return;
    const call = this.#calls.get(headerOf(message.headers, 'call-id'));
    if (message.kind === 'response') this.#heard(message, call);
    else if (message.method === 'ACK') this.#acknowledged(call);
    else this.#asked(message, from, call);
  }

  /** Who hears nothing asks again, and is answered when there is an answer. */
  #asked(request: SipRequest, from: Peer, call: Call | undefined): void {
    const transaction = transactionOf(request);
    const respond = (reply: string): void => {
      this.#remember(transaction, reply);
      this.#send(reply, responsePeer(request, from));
    };
    const known = this.#responses.get(transaction);
    if (known === null) return;
    if (known !== undefined) respond(known);
    else {
      this.#remember(transaction, null);
      void this.#respond(request, from, call).then(respond);
    }
  }

  /** Never rejects. */
  async #respond(request: SipRequest, from: Peer, call: Call | undefined): Promise<string> {
    const tag = call?.dialog.tag ?? randomBytes(8).toString('hex');
    const reply: Reply = (status, more = [], sdp = '') => response(request, { status, tag, from, more, sdp });
    switch (request.method) {
      case 'INVITE':
        return call === undefined
          ? this.#invited(request, from, new SipDialog(request, from, tag), reply)
          : this.#offeredAnew(request, call, reply);
      case 'OPTIONS':
        return reply('200 OK', [`Allow: ${methods}`]);
      case 'CANCEL':
        if (call === undefined) return reply(stranger);
        // What is answered already is ended by BYE (RFC 3261 §9.2).
        if (call.callSid === null) call.isOver = true;
        return reply('200 OK');
      case 'BYE':
        if (call === undefined) return reply(stranger);
        await this.#forget(call);
        return reply('200 OK');
      default:
        return reply('405 Method Not Allowed', [`Allow: ${methods}`]);
    }
  }

  async #invited(request: SipRequest, from: Peer, dialog: SipDialog, reply: Reply): Promise<string> {
    if (/;\s*tag=/.test(headerOf(request.headers, 'to'))) return reply(stranger);
    if (this.#calls.size >= callsMax) return reply('503 Service Unavailable');
    const peer = responsePeer(request, from);
    this.#send(reply('100 Trying'), peer);
    const call: Call = { dialog, callSid: null, isOver: false, settle: nothing, ended: nothing };
    this.#calls.set(dialog.callId, call);
    try {
      const caller = userOf(uriOf(headerOf(request.headers, 'from')));
      const dialled = await this.#exchange.dial({ user: userOf(request.uri), from: caller, offer: request.body });
      call.callSid = dialled.callSid;
      if (call.isOver) {
        await this.#forget(call);
        return reply('487 Request Terminated');
      }
      const answer = this.#accept(reply, dialled.answer);
      call.settle = insist(
        () => this.#send(answer, peer),
        () => void this.#bye(call),
      );
      return answer;
    } catch (error) {
      this.#calls.delete(dialog.callId);
      return this.#refuse(reply, error);
    }
  }

  async #offeredAnew({ body }: SipRequest, { callSid }: Call, reply: Reply): Promise<string> {
    if (callSid === null) return reply('491 Request Pending');
    try {
      return this.#accept(reply, await this.#exchange.reoffer(callSid, body));
    } catch (error) {
      return this.#refuse(reply, error);
    }
  }

  #accept(reply: Reply, sdp: string): string {
    return reply('200 OK', [`Contact: <sip:${this.address}>`, `Allow: ${methods}`], sdp);
  }

  #refuse(reply: Reply, error: unknown): string {
    const why = String(error).replaceAll(/["\\\r\n]/g, ' ');
    return reply(this.#exchange.refusal(error), [`Warning: 399 parley "${why}"`]);
  }

  #acknowledged(call: Call | undefined): void {
    if (call?.callSid === undefined || call.callSid === null) return;
    call.settle();
    call.settle = nothing;
    this.#exchange.established(call.callSid);
  }

  /** An answer to a BYE from here. */
  #heard({ status }: SipResponse, call: Call | undefined): void {
    if (call?.isOver !== true || status < 200) return;
    call.settle();
    call.ended(true);
  }

  async #bye(call: Call): Promise<boolean> {
    call.isOver = true;
    call.settle();
    const bye = call.dialog.bye(this.address, randomBytes(8).toString('hex'));
    const send = (): void => this.#send(bye, call.dialog.peer);
    const answered = new Promise<boolean>((resolve) => {
      call.ended = resolve;
      call.settle = insist(send, () => resolve(false));
    });
    send();
    if (call.callSid !== null) void this.#exchange.hangUp(call.callSid).catch(nothing);
    const isAnswered = await answered;
    this.#calls.delete(call.dialog.callId);
    return isAnswered;
  }

  /** What is over in Parley already cannot be hung up, and need not. */
  async #forget(call: Call): Promise<void> {
    call.settle();
    this.#calls.delete(call.dialog.callId);
    if (call.callSid !== null) await this.#exchange.hangUp(call.callSid).catch(nothing);
  }

  #remember(transaction: string, reply: string | null): void {
    this.#responses.set(transaction, reply);
    const [oldest] = this.#responses.keys();
    if (this.#responses.size > responsesMax && oldest !== undefined) this.#responses.delete(oldest);
  }

  #send(text: string, { address, port }: Peer): void {
    this.#socket.send(text, port, address);
  }
}
