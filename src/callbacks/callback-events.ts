/** What an application is told of its conference: events → status callbacks and a notice of the end (CONTRACT §3). */
import type { Flavour } from '../base/flavour.js';
import { type Change, statusNotice } from './status-notice.js';
import { statusParameters } from './status-parameters.js';
import { type Callback, endCallbackId } from './webhook.js';

/** What the first event of a conference is numbered. */
export const firstSequenceNumber = 1;

export type CallbacksInput = Change & {
  /** Number of the next event of this conference: `firstSequenceNumber`, or what the last call returned. */
  readonly nextSequence: number;
  readonly flavour: Flavour;
};

export type CallbacksOutput = {
  /** In the order of happening; of statuses only what the first leg subscribed to. */
  readonly callbacks: readonly Callback[];
  readonly nextSequence: number;
};

/**
 * `before`, `events` and `after` are those of one command. Every event an application could be told is numbered,
 * whether anybody subscribed to it or not, so that a gap at the receiver means exactly what it did not ask for. Speech
 * alone happens only where it was asked for, so it makes no gaps.
 */
export function callbacksFor({ before, events, after, nextSequence, flavour }: CallbacksInput): CallbacksOutput {
  if (after.phase === 'absent') return { callbacks: [], nextSequence };
  const { accountSid, conferenceSid, settings } = after;
  const { statusCallback, eventCallbackUrl } = settings;
  const callbacks: Callback[] = [];
  let sequenceNumber = nextSequence;
  for (const event of events) {
    const notice = statusNotice(event, { before, events, after });
    if (notice === null) continue;
    const parameters = statusParameters(notice, { conference: after, flavour, sequenceNumber });
    if (statusCallback?.events.includes(notice.token)) {
      const id = `${conferenceSid}-status-${sequenceNumber}`;
      const target = { url: statusCallback.url, method: statusCallback.method };
      callbacks.push({ id, accountSid, conferenceSid, target, parameters });
    }
    // Nothing is recorded yet, so a flavour that tells of recorded ends alone tells nothing.
    if (notice.kind === 'end' && eventCallbackUrl !== null && flavour.eventCallback === 'always') {
      const target = { url: eventCallbackUrl, method: 'POST' } as const;
      callbacks.push({ id: endCallbackId(conferenceSid), accountSid, conferenceSid, target, parameters });
    }
    sequenceNumber += 1;
  }
  return { callbacks, nextSequence: sequenceNumber };
}
