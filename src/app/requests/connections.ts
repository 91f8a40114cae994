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
  #count = 0;

  constructor(listener: Listener, limits: () => ConnectionLimits, metrics: Metrics) {
    this.#listener = listener;
    this.#limits = limits;
    this.#metrics = metrics;
  }

  /** Closes what is one too many. */
  admit(socket: ClientSocket): void {
    const leave = this.#enter(socket.remoteAddress ?? '');
    if (leave === null) socket.destroy();
    else socket.once('close', leave);
  }

  /** Null: too many; else what is to be called once when it is closed. */
  #enter(address: string): (() => void) | null {
    const { max, perAddressMax } = this.#limits();
    const network = networkOf(address);
    const ofAddress = this.#ofAddress.get(network) ?? 0;
    if (max > 0 && this.#count >= max) return this.#refuse('all');
    if (perAddressMax > 0 && ofAddress >= perAddressMax) return this.#refuse('address');
    this.#ofAddress.set(network, ofAddress + 1);
    this.#change(1);
    return () => {
      const left = (this.#ofAddress.get(network) ?? 1) - 1;
      if (left > 0) this.#ofAddress.set(network, left);
      else this.#ofAddress.delete(network);
      this.#change(-1);
    };
  }

  #refuse(why: 'all' | 'address'): null {
    this.#metrics.count('parley_connections_refused_total', { listener: this.#listener, why });
    return null;
  }

  #change(by: 1 | -1): void {
    this.#count += by;
    this.#metrics.set('parley_connections', { listener: this.#listener }, this.#count);
  }
}
