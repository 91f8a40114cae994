/** What one step of a conference makes besides its events: what becomes of its recordings, and what is told of both. */
import type { Flavour } from '../../base/flavour.js';
import { callbacksFor } from '../../callbacks/callback-events.js';
import type { Callback } from '../../callbacks/webhook.js';
import { withEndNotice } from '../../recordings/end-notice.js';
import { type RecordingChanged, type Recordings, withEvents } from '../../recordings/events.js';
import type { ConferenceRecordings, FollowedChange } from './conference-recordings.js';

export type StepRecordings = Pick<ConferenceRecordings, 'all' | 'follow' | 'endOf' | 'callbacks'>;

export type RecordedStep = {
  /** Each recording as the step leaves it. */
  readonly recorded: readonly RecordingChanged[];
  readonly recordings: Recordings;
  /** In the order of sending. */
  readonly callbacks: readonly Callback[];
  readonly nextSequence: number;
};

export function recordedStep(
  kept: StepRecordings,
  step: FollowedChange,
  { nextSequence: firstSequence, flavour }: { readonly nextSequence: number; readonly flavour: Flavour },
): RecordedStep {
  const followed = kept.follow(step);
  const stopped = withEvents(step.recordings, followed);
  // Written out, and the spread last, as in `noteCall`: each command comes by here.
  const { callbacks, nextSequence, atRecordingsEnd } = callbacksFor({
    before: step.before,
    events: step.events,
    after: step.after,
    nextSequence: firstSequence,
    flavour,
    ...kept.endOf(stopped),
  });
  const waiting =
    atRecordingsEnd === null
      ? []
      : withEndNotice(stopped, { url: atRecordingsEnd.url, parameters: [...atRecordingsEnd.parameters] });
  const recordings = withEvents(stopped, waiting);
  const recorded = lastOfEach([...followed, ...waiting]);
  const notices = kept.callbacks(recorded, { before: step.recordings, after: recordings });
  return { recorded, recordings, callbacks: [...callbacks, ...notices], nextSequence };
}

/** One recording that changes twice in one step is as it is in the end. */
const lastOfEach = (events: readonly RecordingChanged[]): readonly RecordingChanged[] => [
  ...new Map(events.map((event) => [event.recording.sid, event])).values(),
];
