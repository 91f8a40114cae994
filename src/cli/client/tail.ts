/** `parley tail`: every event of an account or a room, one JSON object a line, over restarts of the daemon. */
import { toJson } from '@bufbuild/protobuf';
import { type WatchOptions, watchEvents } from '../../client/watch.js';
import { EventSchema } from '../../gen/parley/v1/event_pb.js';
import { type ConnectionOptions, type Write, withDaemon } from './connection.js';

export type TailOptions = ConnectionOptions & Pick<WatchOptions, 'from' | 'room'>;

/** Ends when the daemon refuses. */
export const tail = ({ address, ...wanted }: TailOptions, write: Write): Promise<boolean> =>
  withDaemon({ address }, async (client) => {
    const onMissed = (cursor: bigint): void => write(JSON.stringify({ missedAfter: String(cursor) }));
    for await (const event of watchEvents(client, { ...wanted, onMissed })) {
      write(JSON.stringify(toJson(EventSchema, event)));
    }
  });
