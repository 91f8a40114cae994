/** `parley tail`: every event of an account, one JSON object a line, over restarts of the daemon. */
import { toJson } from '@bufbuild/protobuf';
import type { ServiceError } from '@grpc/grpc-js';
import { EventSchema } from '../../gen/parley/v1/event_pb.js';
import { EventService } from '../../gen/parley/v1/event_service_pb.js';
import type { ApiClient } from '../caller/api-client.js';
import { type ConnectionOptions, type Write, withDaemon } from './connection.js';

const reconnectMs = 1000;
/** UNAVAILABLE: it is going down, or is not up yet. */
const unavailable = 14;

export type TailOptions = ConnectionOptions & {
  /** The cursor to begin after; null: only what happens from now on. */
  readonly from: bigint | null;
};

/** Ends when the daemon refuses; while it is away it is asked again with the last cursor that was seen. */
export const tail = (options: TailOptions, write: Write): Promise<boolean> =>
  withDaemon(options, async (client) => {
    let cursor = options.from;
    for (;;) {
      cursor = await follow(client, cursor, write);
      await new Promise((resolve) => setTimeout(resolve, reconnectMs));
    }
  });

/** Resolves with the last cursor seen once the daemon is away. */
function follow(client: ApiClient, from: bigint | null, write: Write): Promise<bigint | null> {
  let cursor = from;
  const events = client.watch(EventService.method.watchEvents, from === null ? {} : { cursor: from });
  return new Promise((resolve, reject) => {
    events.on('data', ({ message }) => {
      if (message.case === 'event') {
        write(JSON.stringify(toJson(EventSchema, message.value)));
        cursor = message.value.cursor;
      } else if (message.case === 'eventsMissed') write(JSON.stringify({ missedAfter: String(message.value.cursor) }));
      else cursor ??= message.value?.cursor ?? null;
    });
    events.on('error', (error: ServiceError) => (error.code === unavailable ? resolve(cursor) : reject(error)));
    events.on('end', () => resolve(cursor));
  });
}
