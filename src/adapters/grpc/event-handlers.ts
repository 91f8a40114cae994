/** EventService: the journal is the buffer, so a slow reader costs no memory here. */

import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import type { Application } from '../../app/application.js';
import type { AccountSid } from '../../base/brands.js';
import { err, ok } from '../../base/result.js';
import type { EventService, WatchEventsResponseSchema } from '../../gen/parley/v1/event_service_pb.js';
import { toEvent } from './event-mapping.js';
import type { Failure } from './failure.js';
import { LatestState } from './latest-state.js';
import type { Outgoing } from './outgoing.js';
import type { HandlersOf } from './service-definition.js';

/** Entries read from the journal at a time. */
const pageEntries = 256;

/** A cursor of another journal: that of another daemon, or of a store that was taken away. */
const cursorAhead: Failure = {
  code: status.OUT_OF_RANGE,
  reason: 'CURSOR_AHEAD',
  message: 'the journal has not come that far: begin again at 0',
  contractCode: null,
  violations: [{ field: 'cursor', description: 'is ahead of the newest event' }],
};

export const eventHandlers = (application: Application): HandlersOf<typeof EventService> => ({
  async watchEvents(request, { accountSid, signal }, outgoing) {
    const newest = await application.newestCursor(accountSid);
    const cursor = request.cursor ?? newest;
    if (cursor > newest) return err(cursorAhead);
    const commits = new LatestState<true>(signal);
    const unwatch = application.onCommit(accountSid, () => commits.put(true));
    try {
      outgoing.write({ message: { case: 'watchStarted', value: { cursor } } });
      let sent = cursor;
      do {
        sent = await sendAfter(application, accountSid, sent, outgoing, signal);
      } while ((await commits.take()) !== null);
      return ok(undefined);
    } finally {
      unwatch();
    }
  },
});

/** Sends all there is after `cursor`, as fast as the client reads; returns the last cursor sent. */
async function sendAfter(
  application: Application,
  accountSid: AccountSid,
  cursor: bigint,
  outgoing: Outgoing<MessageInitShape<typeof WatchEventsResponseSchema>>,
  signal: AbortSignal,
): Promise<bigint> {
  let sent = cursor;
  while (!signal.aborted) {
    const { entries, missed } = await application.journal(accountSid, sent, pageEntries);
    if (missed) outgoing.write({ message: { case: 'eventsMissed', value: { cursor: sent } } });
    for (const entry of entries) {
      await outgoing.ready();
      if (signal.aborted) return sent;
      outgoing.write({ message: { case: 'event', value: toEvent(entry) } });
      sent = entry.cursor;
    }
    if (entries.length === 0) return sent;
  }
  return sent;
}
