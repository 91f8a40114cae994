/** One call as SIP has it (RFC 3261 §12), seen from who was called: enough to end it from this side. */
import { headerOf, headersOf, type Peer, type SipRequest, uriOf } from './sip-message.js';

/** RFC 3261 §17.1.1.2: T1, T2, and how long anything is repeated for. */
const [firstRepeatMs, repeatMsMax, repeatedForMs] = [500, 4000, 32_000];

/** What was sent once is sent again until stopped, or given up after 32 s. Returns what stops it. */
export function insist(send: () => void, giveUp: () => void): () => void {
  const startedMs = performance.now();
  let waitMs = firstRepeatMs;
  let timer: NodeJS.Timeout;
  const again = (): void => {
    timer = setTimeout(() => {
      if (performance.now() - startedMs > repeatedForMs) giveUp();
      else {
        send();
        waitMs = Math.min(2 * waitMs, repeatMsMax);
        again();
      }
    }, waitMs);
  };
  again();
  return () => clearTimeout(timer);
}

export class SipDialog {
  readonly callId: string;
  readonly tag: string;
  /** Who sent the INVITE: the telephone, or the proxy before it, which wants to see the rest of the call, too. */
  readonly peer: Peer;
  readonly #remote: string;
  readonly #local: string;
  readonly #target: string;
  readonly #routes: readonly string[];
  #sequence = 0;

  constructor({ headers }: SipRequest, peer: Peer, tag: string) {
    this.callId = headerOf(headers, 'call-id');
    this.tag = tag;
    this.peer = peer;
    this.#remote = headerOf(headers, 'from');
    this.#local = `${headerOf(headers, 'to')};tag=${tag}`;
    this.#target = uriOf(headerOf(headers, 'contact'));
    this.#routes = headersOf(headers, 'record-route');
  }

  /** `address`: this end, host:port. */
  bye(address: string, branch: string): string {
    this.#sequence += 1;
    return [
      `BYE ${this.#target} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address};branch=z9hG4bK${branch};rport`,
      'Max-Forwards: 70',
      ...this.#routes.map((route) => `Route: ${route}`),
      `From: ${this.#local}`,
      `To: ${this.#remote}`,
      `Call-ID: ${this.callId}`,
      `CSeq: ${this.#sequence} BYE`,
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
  }
}
