/** `parley callbacks`: what the application has not got yet, and what was given up. */

import type { ApiClient } from '../../client/api-client.js';
import { type Callback, CallbackList, CallbackService } from '../../gen/parley/v1/callback_service_pb.js';
import { type ConnectionOptions, type Write, withDaemon } from './connection.js';

const { listCallbacks, replayCallbacks, dropCallbacks } = CallbackService.method;

const pageSize = 500;

export type CallbackOptions = ConnectionOptions & {
  /** Those still queued instead of those that were given up. */
  readonly queued: boolean;
};

const listOf = ({ queued }: CallbackOptions): CallbackList => (queued ? CallbackList.QUEUED : CallbackList.DEAD);

/** One line a callback, oldest first. */
export const list = (options: CallbackOptions, write: Write): Promise<boolean> =>
  withDaemon(options, async (client) => {
    let pageToken = '';
    do {
      const page = await client.call(listCallbacks, { list: listOf(options), pageSize, pageToken });
      for (const callback of page.callbacks) write(lineOf(callback));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  });

/** No ids: all. */
export const replay = (options: ConnectionOptions, ids: readonly string[], write: Write): Promise<boolean> =>
  withDaemon(options, async (client) => {
    const total = await untilNone(ids, async (wanted) => (await client.call(replayCallbacks, wanted)).replayed);
    write(`${total} replayed`);
  });

export const drop = (options: CallbackOptions, ids: readonly string[], write: Write): Promise<boolean> =>
  withDaemon(options, async (client: ApiClient) => {
    const asked = { list: listOf(options) };
    const total = await untilNone(
      ids,
      async (wanted) => (await client.call(dropCallbacks, { ...asked, ...wanted })).dropped,
    );
    write(`${total} dropped`);
  });

/** A call handles a part of a long list. */
async function untilNone(
  ids: readonly string[],
  ask: (wanted: { readonly ids: string[]; readonly all: boolean }) => Promise<number>,
): Promise<number> {
  if (ids.length > 0) return ask({ ids: [...ids], all: false });
  let total = 0;
  for (;;) {
    const done = await ask({ ids: [], all: true });
    if (done === 0) return total;
    total += done;
  }
}

function lineOf({ id, url, parameters, attempts, createdAt, reason }: Callback): string {
  const at = new Date(Number(createdAt?.seconds ?? 0n) * 1000).toISOString();
  const event = parameters.StatusCallbackEvent ?? '';
  const fate = reason === undefined ? `tries ${attempts}` : `given up after ${attempts}: ${reason}`;
  return [at, id, event, fate, url].join('  ');
}
