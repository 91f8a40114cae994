/**
 * A conference that somebody was called for is told, by its own callback and in its own order, that they never came in
 * (CONTRACT §3.2, §8.4). One that is over or never came to be is told nothing: its end is the last that is told of it.
 */
import type { Clock, Logger } from '../../base/ports.js';
import type { AddFailure, NamedParty } from '../../conference/state.js';
import type { ConferenceRegistry } from '../conferences/conference-registry.js';
import type { Origination } from './origination.js';

/** After one that could not be written, or while too much waits. */
const retryMs = 1000;

type Parts = { readonly registry: ConferenceRegistry; readonly clock: Clock; readonly logger: Logger };

/** However often it takes, while the conference lives. */
export function noteAddFailed(origination: Origination, failure: AddFailure, parts: Parts): void {
  const { registry, clock, logger } = parts;
  const { accountSid, conferenceSid, callSid } = origination;
  const runner = registry.find(accountSid, conferenceSid);
  if (runner === null) return;
  runner.submit({ kind: 'note-add-failed', party: partyOf(origination), failure }).then(
    (noted) => {
      const isLater = !noted.ok && (noted.error.kind === 'store-unavailable' || noted.error.kind === 'queue-full');
      if (isLater) clock.after(retryMs, () => noteAddFailed(origination, failure, parts));
    },
    (error: unknown) => logger.error('add-failed-not-told', { accountSid, callSid, error }),
  );
}

const partyOf = ({ callSid, call, conference }: Origination): NamedParty => ({
  ...{ callSid, call, label: conference.label, muted: conference.muted, hold: null },
  startConferenceOnEnter: conference.startConferenceOnEnter,
  endConferenceOnExit: conference.endConferenceOnExit,
  coaching: conference.coach === null ? null : { target: conference.coach },
});
