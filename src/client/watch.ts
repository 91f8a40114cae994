/** Every event of an account, or of one room, over restarts of the daemon and of the network. */
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { Event } from '../gen/parley/v1/event_pb.js';
import { EventService } from '../gen/parley/v1/event_service_pb.js';
import type { ApiClient } from './api-client.js';
import { conferencesOf } from './conference.js';
import { ParleyError, toParleyError } from './parley-error.js';

/** Between two tries to reach a daemon that is away. */
export const reconnectMs = 1000;

export type WatchOptions = {
  /** Only events of conferences in this room, and of calls in them. */
  readonly room?: string;
  /** Only events of this conference. */
  readonly conferenceSid?: string;
  /** Those after this cursor, 0n for all that are kept. Default: from now on. */
  readonly from?: bigint;
  /** Ends it: the iteration throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told when the watch stands, each time it does: everything after this cursor comes. */
  readonly onStarted?: (cursor: bigint) => void;
  /** Told when events are no longer kept, instead of the iteration ending with `EVENTS_MISSED`. */
  readonly onMissed?: (lastSeen: bigint) => void;
};

/**
 * While the daemon is away it is asked again, with the last cursor that was seen: nothing is skipped and nothing comes
 * twice. Throws a ParleyError when it refuses, and when events are gone that this reader has not seen. A reader that
 * takes its time holds the stream up; the journal of the daemon waits, within its bounds.
 */
export async function* watchEvents(client: ApiClient, options: WatchOptions): AsyncGenerator<Event, void, undefined> {
  const { signal, onStarted, onMissed = failForMissed } = options;
  const filter = new Filter(client, options);
  let cursor = options.from ?? null;
  for (;;) {
    signal?.throwIfAborted();
    const stream = client.watch(EventService.method.watchEvents, cursor === null ? {} : { cursor });
    // What comes of cancelling concerns nobody; all else the iteration throws.
    stream.on('error', () => {});
    const cancel = (): void => stream.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      for await (const { message } of stream as AsyncIterable<MessageOf<typeof stream>>) {
        switch (message.case) {
          case 'event':
            cursor = message.value.cursor;
            if (filter.wants(message.value)) yield message.value;
            break;
          case 'watchStarted':
            cursor ??= message.value.cursor;
            await filter.refresh();
            onStarted?.(message.value.cursor);
            break;
          case 'eventsMissed':
            onMissed(message.value.cursor);
            await filter.refresh();
        }
      }
    } catch (error) {
      signal?.throwIfAborted();
      const failure = toParleyError(error);
      if (failure.code !== status.UNAVAILABLE) throw failure;
    } finally {
      signal?.removeEventListener('abort', cancel);
      stream.cancel();
    }
    await sleep(reconnectMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
}

type MessageOf<S> = S extends { on(event: 'data', listener: (chunk: infer T) => void): unknown } ? T : never;

function failForMissed(lastSeen: bigint): never {
  throw new ParleyError({
    code: status.DATA_LOSS,
    reason: 'EVENTS_MISSED',
    details: `events after ${lastSeen} are no longer kept`,
  });
}

/** Events name their conference, and only its creation the room: which conferences are of it is asked now and then. */
class Filter {
  readonly #client: ApiClient;
  readonly #room: string | undefined;
  readonly #conferenceSid: string | undefined;
  readonly #sids = new Set<string>();

  constructor(client: ApiClient, { room, conferenceSid }: WatchOptions) {
    this.#client = client;
    this.#room = room;
    this.#conferenceSid = conferenceSid;
  }

  /** To be called when creations may have been missed. */
  async refresh(): Promise<void> {
    if (this.#room === undefined) return;
    for (const { sid } of await conferencesOf(this.#client, { roomName: this.#room })) this.#sids.add(sid);
  }

  wants({ conferenceSid, happened }: Event): boolean {
    if (this.#conferenceSid !== undefined && this.#conferenceSid !== conferenceSid) return false;
    if (this.#room === undefined) return true;
    if (happened.case === 'conferenceCreated' && happened.value.roomName === this.#room) this.#sids.add(conferenceSid);
    const isOfRoom = this.#sids.has(conferenceSid);
    // Nothing is heard of it again but of its recordings.
    if (happened.case === 'conferenceEnded' && this.#sids.size > sidsMax) this.#sids.delete(conferenceSid);
    return isOfRoom;
  }
}

/** Conferences of one room that are remembered: beyond, those that ended are forgotten. */
const sidsMax = 1000;
