/** ConferenceService. */

import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Application, ConferenceView } from '../../app/application.js';
import { summaryOf } from '../../app/conferences/conference-lists.js';
import type { Metrics } from '../../app/metrics.js';
import { assertNever } from '../../base/assert.js';
import { err, ok } from '../../base/result.js';
import type { ConferenceService, WatchConferenceResponseSchema } from '../../gen/parley/v1/conference_service_pb.js';
import { readConferenceFilter, toConference } from './conference-mapping.js';
import { readTarget } from './dial-mapping.js';
import { invalidArgument } from './failure.js';
import { readSid } from './fields.js';
import { Findings } from './findings.js';
import { LatestState } from './latest-state.js';
import { nextPageToken, readPage } from './paging.js';
import { toParticipant } from './participant-mapping.js';
import type { HandlersOf } from './service-definition.js';
import { failureOf } from './status.js';

export const conferenceHandlers = (
  application: Application,
  metrics: Metrics,
): HandlersOf<typeof ConferenceService> => ({
  async getConference(request, { accountSid }) {
    const findings = new Findings();
    const sid = readSid('conference', request.conferenceSid, 'conference_sid', findings);
    if (sid === null) return err(findings.failed());
    const view = await application.conference(accountSid, sid);
    return view.ok ? ok({ conference: toConference(summaryOf(view.value)) }) : err(failureOf(view.error));
  },

  async listConferences(request, { accountSid }) {
    const findings = new Findings();
    const filter = readConferenceFilter(request, findings);
    const cursor = readPage(request, findings);
    const failure = findings.failure();
    if (failure !== null || cursor === null) return err(failure ?? findings.failed());
    const page = await application.conferences(accountSid, filter, cursor);
    return ok({ conferences: page.items.map(toConference), nextPageToken: nextPageToken(page) });
  },

  async updateConference(request, { accountSid, trace }) {
    const findings = new Findings();
    const sid = readSid('conference', request.conferenceSid, 'conference_sid', findings);
    if (sid === null) return err(findings.failed());
    switch (request.update.case) {
      case 'end': {
        const view = await application.endConference(accountSid, sid, trace);
        return view.ok ? ok({ conference: toConference(summaryOf(view.value)) }) : err(failureOf(view.error));
      }
      case 'announce': {
        const target = readTarget(request.update.value, 'announce', findings);
        if (target === null) return err(findings.failed());
        const view = await application.announce(accountSid, sid, { callSid: null, target, trace });
        return view.ok ? ok({ conference: toConference(summaryOf(view.value)) }) : err(failureOf(view.error));
      }
      case undefined:
        return err(invalidArgument([{ field: 'update', description: 'is required: one of end, announce' }], 21475));
    }
    return assertNever(request.update);
  },

  async watchConference(request, { accountSid, signal }, outgoing) {
    const findings = new Findings();
    const sid = readSid('conference', request.conferenceSid, 'conference_sid', findings);
    if (sid === null) return err(findings.failed());
    const states = new LatestState<ConferenceView>(signal);
    const unwatch = await application.watchConference(accountSid, sid, (view) => states.put(view));
    if (!unwatch.ok) return err(failureOf(unwatch.error));
    try {
      for (;;) {
        const next = await states.take();
        if (next === null) return ok(undefined);
        for (let count = 0; count < next.skipped; count += 1) metrics.count('parley_watch_states_skipped_total', {});
        outgoing.write(toWatchMessage(next.state, next.skipped));
        if (next.state.phase === 'completed') return ok(undefined);
        // One state at a time: what comes meanwhile is skipped but for the newest.
        await outgoing.taken();
      }
    } finally {
      unwatch.value();
    }
  },
});

const toWatchMessage = (
  view: ConferenceView,
  skippedStates: number,
): MessageInitShape<typeof WatchConferenceResponseSchema> => ({
  conference: toConference(summaryOf(view)),
  participants:
    view.phase === 'completed'
      ? []
      : [...view.participants.values()].map((each) => toParticipant(view.accountSid, view.conferenceSid, each)),
  skippedStates,
});
