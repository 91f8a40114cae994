/** The stream of what goes on, opened again whenever it ends; and the way to change something. */
import type { Action, LiveEventName, LiveEvents, RefusedAnswer } from '../wire.js';
import { EventReader } from './event-reader.js';

export type Handlers = { readonly [Name in LiveEventName]: (data: LiveEvents[Name]) => void };

export type LiveParts = {
  readonly handlers: Handlers;
  readonly token: () => string | null;
  readonly onLive: () => void;
  /** `message`: why, as the daemon says it; null: it cannot be reached. */
  readonly onLost: (message: string | null) => void;
  /** The token opens nothing. */
  readonly onUnknownToken: (message: string) => void;
};

const firstRetryMs = 500;
const retryMsMax = 10_000;
/** A daemon that says nothing for this long is asked again; it speaks at least once a second while it is well. */
const silenceMsMax = 8000;

const headersOf = (token: string | null): Record<string, string> =>
  token === null ? {} : { authorization: `Bearer ${token}` };

export class Live {
  readonly #parts: LiveParts;
  #conference: string | null = null;
  #open = new AbortController();

  constructor(parts: LiveParts) {
    this.#parts = parts;
  }

  /** From now on follows this conference, or none; also with another token. */
  follow(conference: string | null): void {
    this.#conference = conference;
    this.#open.abort();
    this.#open = new AbortController();
    void this.#keep(this.#open.signal);
  }

  async #keep(signal: AbortSignal): Promise<void> {
    let waitMs = firstRetryMs;
    while (!signal.aborted) {
      const startedAtMs = performance.now();
      const after = await this.#once(signal).catch(() => null);
      if (signal.aborted || after === 'stop') return;
      if (performance.now() - startedAtMs > retryMsMax) waitMs = firstRetryMs;
      if (after === null) this.#parts.onLost(null);
      await new Promise((resolve) => setTimeout(resolve, Math.max(waitMs, after ?? 0)));
      waitMs = Math.min(retryMsMax, waitMs * 2);
    }
  }

  /** How long to wait before the next time, ms; null: as long as is usual. */
  async #once(signal: AbortSignal): Promise<number | 'stop' | null> {
    const query = this.#conference === null ? '' : `?conference=${encodeURIComponent(this.#conference)}`;
    const silence = new AbortController();
    const either = AbortSignal.any([signal, silence.signal]);
    let timer = setTimeout(() => silence.abort(), silenceMsMax);
    try {
      const headers = headersOf(this.#parts.token());
      const response = await fetch(`/status/live${query}`, { headers, signal: either, cache: 'no-store' });
      if (!response.ok || response.body === null) return await this.#refused(response);
      this.#parts.onLive();
      const events = new EventReader();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return null;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), silenceMsMax);
        if (signal.aborted) return 'stop';
        for (const { name, data } of events.read(value)) this.#hand(name, data);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #hand(name: string, data: string): void {
    if (!Object.hasOwn(this.#parts.handlers, name)) return;
    const handle = this.#parts.handlers[name as LiveEventName] as (data: unknown) => void;
    handle(JSON.parse(data));
  }

  async #refused(response: Response): Promise<number | 'stop'> {
    const message = await messageOf(response);
    if (response.status === 401) {
      this.#parts.onUnknownToken(message);
      return 'stop';
    }
    this.#parts.onLost(message);
    return 1000 * Number(response.headers.get('retry-after') ?? 1);
  }
}

/** Resolves with why it was refused; null: it is done. */
export async function act(action: Action, token: string | null): Promise<string | null> {
  try {
    const response = await fetch('/status/actions', {
      method: 'POST',
      headers: { ...headersOf(token), 'content-type': 'application/json' },
      body: JSON.stringify(action),
    });
    return response.ok ? null : await messageOf(response);
  } catch {
    return 'The daemon cannot be reached.';
  }
}

async function messageOf(response: Response): Promise<string> {
  const answer: Partial<RefusedAnswer> = await response.json().catch(() => ({}));
  return answer.message ?? `The daemon answered ${response.status}.`;
}
