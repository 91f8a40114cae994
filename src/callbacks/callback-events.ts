/** What an application is told of its conference: events → status callbacks and a notice of the end (CONTRACT §3). */
import type { Flavour } from '../base/flavour.js';
import { type EndCallback, type EndRecording, endCallbackOf } from './end-callback.js';
import { type Change, statusNotice } from './status-notice.js';
import { statusParameters } from './status-parameters.js';
import type { Callback } from './webhook.js';

/** What the first event of a conference is numbered. */
export const firstSequenceNumber = 1;

export type CallbacksInput = Change & {
  /** Number of the next event of this conference: `firstSequenceNumber`, or what the last call returned. */
  readonly nextSequence: number;
  readonly flavour: Flavour;
  /** What a conference that ends says of its recordings (CONTRACT §3.2, §3.4); left out or null: not recorded. */
  readonly recording?: EndRecording | null;
  /** Some of its recordings are not over. */
  readonly mustWait?: boolean;
};

export type CallbacksOutput = {
  /** In the order of happening; of statuses only what the first leg subscribed to. */
  readonly callbacks: readonly Callback[];
  readonly nextSequence: number;
  /** What `eventCallbackUrl` is told once the last recording is over; null: nothing waits for that. */
  readonly atRecordingsEnd: Extract<EndCallback, { kind: 'later' }> | null;
};

/**
 * `before`, `events` and `after` are those of one command. Every event an application could be told is numbered,
 * whether anybody subscribed to it or not, so that a gap at the receiver means exactly what it did not ask for. Speech
 * alone happens only where it was asked for, so it makes no gaps.
 */
export function callbacksFor(input: CallbacksInput): CallbacksOutput {
  const { before, events, after, nextSequence, flavour, recording = null, mustWait = false } = input;
  if (after.phase === 'absent') return { callbacks: [], nextSequence, atRecordingsEnd: null };
  const { accountSid, conferenceSid, settings } = after;
  const { statusCallback } = settings;
  const callbacks: Callback[] = [];
  let atRecordingsEnd: CallbacksOutput['atRecordingsEnd'] = null;
  let sequenceNumber = nextSequence;
  for (const event of events) {
    const notice = statusNotice(event, { before, events, after });
    if (notice === null) continue;
    const told = { conference: after, flavour, sequenceNumber, recording };
    if (statusCallback?.events.includes(notice.token)) {
      const id = `${conferenceSid}-status-${sequenceNumber}`;
      const target = { url: statusCallback.url, method: statusCallback.method };
      callbacks.push({ id, accountSid, conferenceSid, target, parameters: statusParameters(notice, told) });
    }
    if (notice.kind === 'end') {
      const parameters = statusParameters(notice, told);
      const ended = endCallbackOf({ conference: after, flavour, parameters, recording, mustWait });
      if (ended?.kind === 'now') callbacks.push(ended.callback);
      if (ended?.kind === 'later') atRecordingsEnd = ended;
    }
    sequenceNumber += 1;
  }
  return { callbacks, nextSequence: sequenceNumber, atRecordingsEnd };
}
