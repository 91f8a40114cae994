/**
 * An application's web server: receives callbacks, checks their signatures by the words of CONTRACT §6.1 and nothing of
 * Parley's own code, remembers them in order and answers as it was told to.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

export type ReceivedCallback = {
  readonly method: string;
  /** Path and query as they came over the wire. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of the body for POST, of the query for GET. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Names that came more than once. */
  readonly repeatedNames: readonly string[];
  /** Both signature headers are there and right. */
  readonly isSigned: boolean;
};

export type Answer = {
  /** 204 unless given. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Writes the body piece by piece, instead. */
  readonly write?: (response: ServerResponse) => void;
  /** Time to think before the answer. */
  readonly delayMs?: number;
  /** As `delayMs`, until a moment the test decides on. */
  readonly after?: Promise<void>;
  /** Cuts the connection instead of answering. */
  readonly reset?: boolean;
};

export type WebhookReceiverOptions = {
  readonly signingKey: string;
  /** Given in this order, then 204 for ever. */
  readonly answers?: readonly Answer[];
  /** 0, the default: any free one. */
  readonly port?: number;
};

export class WebhookReceiver {
  /** In the order of arrival. */
  readonly received: ReceivedCallback[] = [];
  readonly #signingKey: string;
  readonly #answers: Answer[];
  readonly #atPath = new Map<string, Answer>();
  readonly #server: Server;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  private constructor({ signingKey, answers = [] }: WebhookReceiverOptions) {
    this.#signingKey = signingKey;
    this.#answers = [...answers];
    this.#server = createServer((request, response) => void this.#receive(request, response));
  }

  static async start(options: WebhookReceiverOptions): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(options);
    receiver.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the receiver does not listen');
    return address.port;
  }

  url(path = '/'): string {
    return `http://127.0.0.1:${this.port()}${path}`;
  }

  /** Given whenever this path is asked for, whatever the query, beside the script. */
  answerAt(path: string, answer: Answer): void {
    this.#atPath.set(path, answer);
  }

  /** Appended to what is left of the script. */
  answerNext(...answers: readonly Answer[]): void {
    this.#answers.push(...answers);
  }

  /** Resolves with everything received once that is at least `count`. */
  async waitFor(count: number): Promise<readonly ReceivedCallback[]> {
    if (this.received.length < count) await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
    return this.received;
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request).catch(() => null);
    if (body === null) return;
    this.received.push(receivedCallback(request, body, this.#signingKey));
    const path = (request.url ?? '').split('?')[0] ?? '';
    const answer = this.#atPath.get(path) ?? this.#answers.shift() ?? {};
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (count > this.received.length) return true;
      resolve();
      return false;
    });
    await answer.after;
    if (answer.delayMs !== undefined) await delay(answer.delayMs);
    if (answer.reset === true) {
      request.socket.resetAndDestroy();
      return;
    }
    response.writeHead(answer.status ?? 204, { ...answer.headers });
    if (answer.write === undefined) response.end(answer.body);
    else answer.write(response);
  }
}

function receivedCallback(request: IncomingMessage, body: string, signingKey: string): ReceivedCallback {
  const { method = '', url: path = '', headers } = request;
  const url = `http://${headers.host}${path}`;
  const fields = [...new URLSearchParams(method === 'POST' ? body : new URL(url).search)];
  const names = fields.map(([name]) => name);
  const expected = signatureOf(url, method === 'POST' ? fields : [], signingKey);
  const given = [headers['x-signalwire-signature'], headers['x-twilio-signature']];
  return {
    method,
    path,
    headers,
    parameters: Object.fromEntries(fields),
    repeatedNames: names.filter((name, index) => names.indexOf(name) !== index),
    isSigned: given.every((signature) => typeof signature === 'string' && isSame(signature, expected)),
  };
}

/** "URL + each POST field as name immediately followed by value, fields sorted by name, no separators". */
function signatureOf(url: string, fields: readonly (readonly [string, string])[], signingKey: string): string {
  const hmac = createHmac('sha1', signingKey).update(url);
  for (const [name, value] of [...fields].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    hmac.update(name).update(value);
  }
  return hmac.digest('base64');
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
