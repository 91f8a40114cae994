/** A web application on a bad day: answers well, with 500, late or not at all, and writes down what it was sent. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Told } from './told.js';

/** Uniform in [0, 1). */
export type Chance = () => number;

export class MoodyReceiver {
  /** Of all that came, in order. */
  readonly arrivals: Told[] = [];
  /** Share of requests that are not answered well. */
  badShare = 0.3;
  readonly #server: Server;
  readonly #chance: Chance;

  private constructor(chance: Chance) {
    this.#chance = chance;
    this.#server = createServer((request, response) => void this.#receive(request, response));
  }

  static async start(chance: Chance): Promise<MoodyReceiver> {
    const receiver = new MoodyReceiver(chance);
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the receiver does not listen');
    return `http://127.0.0.1:${address.port}/status`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request).catch(() => null);
    if (body === null) return;
    const isTaken = this.#chance() >= this.badShare;
    this.arrivals.push({ ...arrivalOf(request, body), isTaken });
    if (isTaken) {
      response.writeHead(204).end();
      return;
    }
    const mood = Math.floor(this.#chance() * 3);
    if (mood === 0) response.writeHead(500).end();
    if (mood === 1) request.socket.resetAndDestroy();
    if (mood !== 2) return;
    await delay(200);
    response.writeHead(503).end();
  }
}

function arrivalOf({ headers }: IncomingMessage, body: string): Omit<Told, 'isTaken'> {
  const parameters = new URLSearchParams(body);
  const of = (name: string): string => parameters.get(name) ?? '';
  return {
    key: String(headers['idempotency-key']),
    conferenceSid: of('ConferenceSid'),
    sequenceNumber: Number(of('SequenceNumber')),
    event: of('StatusCallbackEvent'),
    callSid: of('CallSid'),
    body,
  };
}
