/** Seeing and ending calls, and the frames of those whose media comes over gRPC. */
import type { AccountSid, CallSid } from '../../base/brands.js';
import type { Random } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import type { EnginePort } from '../../media/engine-port.js';
import { frameBytes } from '../../media/frame-bytes.js';
import { legQuality } from '../../media/leg-quality.js';
import type { Application, MediaHandle, Refusal } from '../application.js';
import type { ConferenceRegistry } from '../conferences/conference-registry.js';
import { callMatches } from '../conferences/filters.js';
import type { Metrics } from '../metrics.js';
import { callViewOf, isBeingMade } from '../originations/call-view.js';
import type { Originations } from '../originations/originations.js';
import type { CallRuns } from './call-runs.js';
import { type Call, type Calls, newestFirst } from './calls.js';
import type { MediaSettings } from './leg-media.js';
import { reoffer } from './reoffer.js';

export type CallUseCases = Pick<
  Application,
  'hangUp' | 'redirect' | 'call' | 'calls' | 'reoffer' | 'sendDigits' | 'attachMedia' | 'detachMedia' | 'legStatistics'
>;

export type CallUseCaseParts = {
  readonly calls: Calls;
  readonly originations: Pick<Originations, 'view' | 'ofAccount' | 'cancel'>;
  readonly runs: CallRuns;
  readonly registry: ConferenceRegistry;
  readonly engine: EnginePort;
  readonly media: MediaSettings;
  readonly metrics: Metrics;
  readonly random: Random;
};

export function callUseCases(parts: CallUseCaseParts): CallUseCases {
  const { calls, originations, runs, registry, engine } = parts;
  const view: Application['call'] = (accountSid, callSid) => {
    const known = calls.view(accountSid, callSid);
    const made = originations.view(accountSid, callSid);
    if (known !== null) return ok(made === null ? known : { ...known, answeredBy: made.answeredBy });
    return made === null ? err({ kind: 'call-unknown', callSid }) : ok(callViewOf(made));
  };

  const findLive = (accountSid: AccountSid, callSid: CallSid): Result<Call, Refusal> => {
    const call = calls.live(accountSid, callSid);
    if (call !== null) return ok(call);
    const known = view(accountSid, callSid);
    if (!known.ok) return known;
    return err({ kind: isBeingMade(known.value) ? 'call-not-answered' : 'call-completed', callSid });
  };

  return {
    call: view,

    calls(accountSid, filter) {
      const made = new Map(originations.ofAccount(accountSid).map((each) => [each.callSid, each]));
      const known = calls.ofAccount(accountSid).map((each) => {
        const answeredBy = made.get(each.callSid)?.answeredBy ?? null;
        made.delete(each.callSid);
        return answeredBy === null ? each : { ...each, answeredBy };
      });
      const views = made.size === 0 ? known : [...known, ...[...made.values()].map(callViewOf)].sort(newestFirst);
      return views.filter((each) => callMatches(each, filter));
    },

    async hangUp(accountSid, callSid, trace) {
      const canceled = await originations.cancel(accountSid, callSid);
      if (!canceled.ok) return canceled;
      if (canceled.value) return view(accountSid, callSid);
      const call = findLive(accountSid, callSid);
      if (!call.ok) return call;
      const runner = registry.find(accountSid, call.value.joined);
      if (runner === null) {
        runs.hangUp(accountSid, callSid);
        return view(accountSid, callSid);
      }
      const left = await runner.submit({ kind: 'leave', callSid, cause: 'hung-up' }, trace);
      if (left.ok) return view(accountSid, callSid);
      // Somebody else ended it while this command waited.
      const isOver = left.error.kind === 'participant-unknown' || left.error.kind === 'conference-completed';
      return isOver ? err({ kind: 'call-completed', callSid }) : left;
    },

    async redirect(accountSid, callSid, to, trace) {
      const call = findLive(accountSid, callSid);
      if (!call.ok) return call;
      const redirected = await runs.redirect(call.value, to, trace ?? null);
      return redirected.ok ? view(accountSid, callSid) : redirected;
    },

    async reoffer(accountSid, callSid, sdpOffer) {
      const call = findLive(accountSid, callSid);
      const reply = call.ok ? await reoffer(call.value, sdpOffer, parts) : call;
      parts.metrics.count('parley_reoffers_total', { outcome: reply.ok ? 'taken' : 'refused' });
      return reply;
    },

    sendDigits(accountSid, callSid, digits) {
      const call = findLive(accountSid, callSid);
      if (!call.ok) return call;
      const { leg, media, view: shown } = call.value;
      if (media.transport !== 'rtp' || media.telephoneEvents === null) {
        return err({ kind: 'digits-not-negotiated', callSid });
      }
      const shard = registry.find(accountSid, call.value.joined)?.shard() ?? runs.shardOf(accountSid, shown.callSid);
      // It is between two shards.
      if (shard === null) return err({ kind: 'digits-full' });
      return engine.apply(shard, [{ kind: 'send-digits', leg, digits }]);
    },

    attachMedia(accountSid, callSid) {
      const call = findLive(accountSid, callSid);
      if (!call.ok) return call;
      const { leg, media } = call.value;
      const { codec, rateHz } = media;
      if (media.transport !== 'lane' || (codec !== 'linear16' && codec !== 'pcmu')) {
        return err({ kind: 'media-not-grpc', callSid });
      }
      if (calls.holder(accountSid, callSid) !== null) return err({ kind: 'media-attached-elsewhere', callSid });
      const lane = () => engine.lane(leg);
      const handle: MediaHandle = { callSid, codec, rateHz, frameBytes: frameBytes(codec, rateHz), lane };
      calls.hold(accountSid, handle);
      return ok(handle);
    },

    detachMedia: (handle) => calls.letGo(handle),

    legStatistics(accountSid, callSid) {
      const call = findLive(accountSid, callSid);
      if (!call.ok) return call;
      const statistics = engine.statistics(call.value.leg);
      if (statistics === null) return err({ kind: 'engine-unavailable' });
      return ok({ ...statistics, quality: legQuality(statistics) });
    },
  };
}
