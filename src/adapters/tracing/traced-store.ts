/** A span for each commit, as long as those who wait for it do, in the trace of each command that it holds. */
import type { Commit, OriginationCommit, RecordingCommit, Store, StoreFailure } from '../../app/ports.js';
import type { Result } from '../../base/result.js';
import { headerOf, parseTraceparent, type Trace } from '../../base/trace.js';
import type { Span, SpanAttributes, Tracer } from '../../base/tracer.js';
import type { Callback } from '../../callbacks/webhook.js';

type AnyCommit = Commit | RecordingCommit | OriginationCommit;

export const tracedStore = (store: Store, tracer: Tracer): Store => ({
  commit: (commit) => committed('store commit', commit, tracer, (traced) => store.commit(traced)),
  commitRecordings: (commit) =>
    committed('store commit-recordings', commit, tracer, (traced) => store.commitRecordings(traced)),
  commitOrigination: (commit) =>
    committed('store commit-origination', commit, tracer, (traced) => store.commitOrigination(traced)),
  recording: (accountSid, sid) => store.recording(accountSid, sid),
  recordings: (accountSid, filter, page) => store.recordings(accountSid, filter, page),
  recordingsOf: (conferenceSid) => store.recordingsOf(conferenceSid),
  unfinishedRecordings: () => store.unfinishedRecordings(),
  recordingsBeyond: (limits) => store.recordingsBeyond(limits),
  openOriginations: () => store.openOriginations(),
  health: () => store.health(),
  unfinished: () => store.unfinished(),
  journal: (accountSid, cursor, limit) => store.journal(accountSid, cursor, limit),
  newestCursor: (accountSid) => store.newestCursor(accountSid),
  onCommit: (accountSid, listener) => store.onCommit(accountSid, listener),
  conference: (accountSid, sid) => store.conference(accountSid, sid),
  conferences: (accountSid, filter, page) => store.conferences(accountSid, filter, page),
  participants: (accountSid, sid, filter, page) => store.participants(accountSid, sid, filter, page),
});

async function committed<Of extends AnyCommit>(
  name: string,
  commit: Of,
  tracer: Tracer,
  write: (commit: Of) => Promise<Result<void, StoreFailure>>,
): Promise<Result<void, StoreFailure>> {
  const spans = new Map<string, Span>();
  const unrecorded = new Set<string>();
  for (const trace of tracesOf(commit)) {
    if (spans.has(trace.traceId)) continue;
    spans.set(trace.traceId, tracer.begin(name, 'internal', trace, aboutOf(commit)));
    if (trace.spanId === undefined) unrecorded.add(trace.traceId);
  }
  const callbacks = commit.callbacks.map((callback) => below(callback, unrecorded, spans));
  const result = await write(unrecorded.size === 0 ? commit : { ...commit, callbacks });
  for (const span of spans.values()) span.end({}, result.ok ? null : result.error.kind);
  return result;
}

const tracesOf = (commit: AnyCommit): readonly Trace[] =>
  'traces' in commit && commit.traces !== undefined && commit.traces.size > 0
    ? [...commit.traces.values()]
    : [commit.trace];

/** What began by itself has the commit as its first span, and what is told of it is below that. */
function below(callback: Callback, unrecorded: ReadonlySet<string>, spans: ReadonlyMap<string, Span>): Callback {
  const traceId = parseTraceparent(callback.traceparent ?? '')?.traceId ?? '';
  const trace = unrecorded.has(traceId) ? spans.get(traceId)?.trace : undefined;
  return trace === undefined ? callback : { ...callback, traceparent: headerOf(trace) };
}

function aboutOf(commit: AnyCommit): SpanAttributes {
  const { events, callbacks } = commit;
  const counts = { 'parley.events': events.length, 'parley.callbacks': callbacks.length };
  const of = 'origination' in commit ? commit.origination : commit;
  const conference = 'state' in of ? of.state : of;
  return {
    ...{ ...counts, 'parley.account_sid': of.accountSid },
    ...('conferenceSid' in conference ? { 'parley.conference_sid': conference.conferenceSid } : {}),
  };
}
