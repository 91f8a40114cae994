/** The connections of one listener: so many in all, and so many of one address, so that no client takes all places. */
import { networkOf } from '../failed-logins.js';
import type { Metrics } from '../metrics.js';
import type { Listener } from './request-metrics.js';

export type ConnectionLimits = {
  /** 0, here and below: as many as the machine takes. */
  readonly max: number;
  readonly perAddressMax: number;
};

/** Of `net.Socket`, what is needed here. */
export type ClientSocket = {
  readonly remoteAddress?: string | undefined;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
};

export class Connections {
  readonly #listener: Listener;
  readonly #limits: () => ConnectionLimits;
  readonly #metrics: Metrics;
  /** How many each address has; none that has none. */
  readonly #ofAddress = new Map<string, number>();
  readonly #open = new Set<ClientSocket>();

  constructor(listener: Listener, limits: () => ConnectionLimits, metrics: Metrics) {
    this.#listener = listener;
    this.#limits = limits;
    this.#metrics = metrics;
  }

  /** Closes what is one too many. */
  admit(socket: ClientSocket): void {
    const network = networkOf(socket.remoteAddress ?? '');
    const refused = this.#refusalOf(network);
    if (refused === null) this.#enter(socket, network);
    else {
      this.#metrics.count('parley_connections_refused_total', { listener: this.#listener, why: refused });
      socket.destroy();
    }
  }

  /** Closes all there are, whatever their clients do; resolves when they are closed. */
  async cut(): Promise<void> {
    const open = [...this.#open];
    const closed = open.map((socket) => new Promise<void>((resolve) => socket.once('close', resolve)));
    for (const socket of open) socket.destroy();
    await Promise.all(closed);
  }

  #refusalOf(network: string): 'all' | 'address' | null {
    const { max, perAddressMax } = this.#limits();
    if (max > 0 && this.#open.size >= max) return 'all';
    return perAddressMax > 0 && (this.#ofAddress.get(network) ?? 0) >= perAddressMax ? 'address' : null;
  }

  #enter(socket: ClientSocket, network: string): void {
    this.#open.add(socket);
    this.#ofAddress.set(network, (this.#ofAddress.get(network) ?? 0) + 1);
    this.#tell();
    socket.once('close', () => {
      this.#open.delete(socket);
      const left = (this.#ofAddress.get(network) ?? 1) - 1;
      if (left > 0) this.#ofAddress.set(network, left);
      else this.#ofAddress.delete(network);
      this.#tell();
    });
  }

  #tell(): void {
    this.#metrics.set('parley_connections', { listener: this.#listener }, this.#open.size);
  }
}
