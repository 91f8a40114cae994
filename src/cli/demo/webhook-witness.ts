/**
 * The web application of the demo: receives status callbacks and checks each by the vendors' own words, with no line
 * of the daemon: both signatures, and a sequence without a hole.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';

export type Testimony = {
  readonly event: string;
  readonly sequence: number;
  readonly callSid: string | null;
  readonly parameters: Readonly<Record<string, string>>;
  /** Both headers are there and right. */
  readonly isSigned: boolean;
  /** One more than the one before. */
  readonly isInOrder: boolean;
};

/** URL and then each field, sorted by name, name directly followed by value; HMAC-SHA1 in base64. */
export function expectedSignature(key: string, url: string, form: URLSearchParams): string {
  const fields = [...form].sort(([a], [b]) => (a < b ? -1 : 1)).flat();
  return createHmac('sha1', key)
    .update(url + fields.join(''))
    .digest('base64');
}

export class WebhookWitness {
  readonly testimonies: Testimony[] = [];
  readonly #key: string;
  readonly #server: Server;
  readonly #tell: (testimony: Testimony) => void;

  private constructor(key: string, tell: (testimony: Testimony) => void) {
    this.#key = key;
    this.#tell = tell;
    this.#server = createServer((request, response) => {
      void this.#hear(request).then(() => response.writeHead(204).end());
    });
  }

  /** `tell` is called for each callback, in the order of arrival. */
  static async listen(key: string, tell: (testimony: Testimony) => void): Promise<WebhookWitness> {
    const witness = new WebhookWitness(key, tell);
    witness.#server.listen(0, '127.0.0.1');
    await once(witness.#server, 'listening');
    return witness;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the witness does not listen');
    return `http://127.0.0.1:${address.port}/conference`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #hear(request: IncomingMessage): Promise<void> {
    const form = new URLSearchParams(await text(request));
    const expected = expectedSignature(this.#key, `http://${request.headers.host}${request.url}`, form);
    const given = [request.headers['x-signalwire-signature'], request.headers['x-twilio-signature']];
    const sequence = Number(form.get('SequenceNumber'));
    const testimony = {
      event: form.get('StatusCallbackEvent') ?? '?',
      sequence,
      callSid: form.get('CallSid'),
      parameters: Object.fromEntries(form),
      isSigned: given.every((signature) => signature === expected),
      isInOrder: sequence === (this.testimonies.at(-1)?.sequence ?? 0) + 1,
    };
    this.testimonies.push(testimony);
    this.#tell(testimony);
  }
}
