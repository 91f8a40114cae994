/** Recordings as parley.v1 shows them, and what is asked of them. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { RecordingChoice, RecordingFilter, RecordingWishes } from '../../app/recordings/recording-views.js';
import type { RecordingEvent as Token } from '../../base/flavour.js';
import type { LegRecording, RecordingTrack, RecordingTrim } from '../../conference/state.js';
import {
  RecordingStatusCallbackEvent,
  RecordingTrack as WireTrack,
  RecordingTrim as WireTrim,
} from '../../gen/parley/v1/dial_pb.js';
import type { ParticipantRecording } from '../../gen/parley/v1/participant_service_pb.js';
import {
  PauseBehavior,
  RecordingFormat,
  type RecordingSchema,
  RecordingSource,
  RecordingStatus as WireStatus,
} from '../../gen/parley/v1/recording_pb.js';
import type {
  CreateRecordingLinkRequest,
  DownloadRecordingRequest,
  ListRecordingsRequest,
  StartRecordingRequest,
  UpdateRecordingRequest,
} from '../../gen/parley/v1/recording_service_pb.js';
import { endOf, type RecordingChange } from '../../recordings/life.js';
import {
  callSidOfRecording,
  durationSecondsOf,
  type Recording,
  type RecordingPart,
  type RecordingStatus,
  type TrackPart,
  trackNumberOf,
  trackPart,
} from '../../recordings/recording.js';
import { trackUrl } from '../../recordings/recording-url.js';
import { readMethod, readSid, readUrl } from './fields.js';
import type { Findings } from './findings.js';
import { toTimestamp } from './timestamps.js';

type Shown = Recording & { readonly progress?: number | null; readonly url?: string };

export function toRecording(recording: Shown): MessageInitShape<typeof RecordingSchema> {
  const { life, subject } = recording;
  const endedAtMs = endOf(recording);
  const media = life.status === 'completed' ? life.media : null;
  return {
    sid: recording.sid,
    accountSid: recording.accountSid,
    conferenceSid: recording.conferenceSid,
    callSid: callSidOfRecording(recording) ?? undefined,
    status: statuses[life.status],
    source: sources[recording.source],
    channels: recording.channels,
    durationSeconds: durationSecondsOf(recording) ?? undefined,
    errorCode: 'errorCode' in life ? life.errorCode : undefined,
    createTime: toTimestamp(recording.createdAtMs),
    updateTime: toTimestamp(recording.updatedAtMs),
    startTime: toTimestamp(recording.createdAtMs),
    endTime: endedAtMs === null ? undefined : toTimestamp(endedAtMs),
    progress: recording.progress ?? undefined,
    track: subject.kind === 'call' ? tracks[subject.track] : WireTrack.UNSPECIFIED,
    trim: trims[recording.trim],
    sampleRateHz: media?.rateHz ?? 0,
    samples: BigInt(media?.samples ?? 0),
    gapSamples: BigInt(media?.gapSamples ?? 0),
    files: (media?.files ?? []).map(({ part, bytes, sha256 }) => ({
      ...toPart(part),
      sizeBytes: BigInt(bytes),
      sha256,
    })),
    failure: life.status === 'failed' ? life.why : undefined,
    url: recording.url ?? '',
    hasTracks: recording.hasTracks === true,
    tracks: (media?.tracks ?? []).map(({ number, callSid, label }) => ({
      number,
      callSid,
      label: label ?? undefined,
      url: recording.url === undefined ? '' : trackUrl(recording.url, number),
    })),
  };
}

const statuses: Readonly<Record<RecordingStatus, WireStatus>> = {
  'in-progress': WireStatus.IN_PROGRESS,
  paused: WireStatus.PAUSED,
  stopped: WireStatus.STOPPED,
  processing: WireStatus.PROCESSING,
  completed: WireStatus.COMPLETED,
  absent: WireStatus.ABSENT,
  failed: WireStatus.FAILED,
};

const sources: Readonly<Record<Recording['source'], RecordingSource>> = {
  conference: RecordingSource.CONFERENCE,
  'dial-verb': RecordingSource.DIAL_VERB,
  'outbound-api': RecordingSource.OUTBOUND_API,
  'start-conference-recording': RecordingSource.START_CONFERENCE_RECORDING,
};

const tracks: Readonly<Record<RecordingTrack, WireTrack>> = {
  both: WireTrack.BOTH,
  inbound: WireTrack.INBOUND,
  outbound: WireTrack.OUTBOUND,
};

const trims: Readonly<Record<RecordingTrim, WireTrim>> = {
  'trim-silence': WireTrim.TRIM_SILENCE,
  'do-not-trim': WireTrim.DO_NOT_TRIM,
};

const formats: Readonly<Record<Exclude<RecordingPart, TrackPart>, RecordingFormat>> = {
  wav: RecordingFormat.WAV,
  mp3: RecordingFormat.MP3,
  flac: RecordingFormat.FLAC,
  opus: RecordingFormat.OPUS,
  peaks: RecordingFormat.PEAKS,
  picture: RecordingFormat.PICTURE,
  timeline: RecordingFormat.TIMELINE,
  labels: RecordingFormat.LABELS,
};

const isTrack = (part: RecordingPart): part is TrackPart => trackNumberOf(part) !== null;

const toPart = (part: RecordingPart): { readonly format: RecordingFormat; readonly track: number } =>
  isTrack(part)
    ? { format: RecordingFormat.TRACK, track: trackNumberOf(part) ?? 0 }
    : { format: formats[part], track: 0 };

const tokens: ReadonlyMap<RecordingStatusCallbackEvent, Token> = new Map([
  [RecordingStatusCallbackEvent.IN_PROGRESS, 'in-progress'],
  [RecordingStatusCallbackEvent.COMPLETED, 'completed'],
  [RecordingStatusCallbackEvent.FAILED, 'failed'],
  [RecordingStatusCallbackEvent.ABSENT, 'absent'],
]);

const keyOf = <K extends string, V>(table: Readonly<Record<K, V>>, value: V): K | null => {
  const known = (Object.keys(table) as K[]).find((key) => table[key] === value);
  return known ?? null;
};

/** Null after reporting a format without a name, a track without a number, or a number without a track. */
export function readPart(
  { format, track }: Pick<DownloadRecordingRequest | CreateRecordingLinkRequest, 'format' | 'track'>,
  findings: Findings,
): RecordingPart | null {
  if (format === RecordingFormat.TRACK) {
    if (track === 0) findings.violate('track', 'must be the number of a track, from 1 on');
    return track === 0 ? null : trackPart(track);
  }
  if (track !== 0) findings.violate('track', 'goes with the format of a track only');
  if (format === RecordingFormat.UNSPECIFIED) return 'wav';
  const part = keyOf(formats, format);
  if (part === null) findings.violate('format', 'must be a known format');
  return part;
}

const ttlSecondsDefault = 3600;
/** A week, as long as links of S3 may last. */
const ttlSecondsMax = 604_800;

/** Null after reporting what is out of range. */
export function readTtl(seconds: number | undefined, findings: Findings): number | null {
  if (seconds === undefined) return ttlSecondsDefault;
  if (seconds >= 1 && seconds <= ttlSecondsMax) return seconds;
  findings.violate('ttl_seconds', `must be a number from 1 to ${ttlSecondsMax}`);
  return null;
}

export function readWishes(request: StartRecordingRequest, findings: Findings): RecordingWishes {
  const trim = request.trim === WireTrim.UNSPECIFIED ? undefined : keyOf(trims, request.trim);
  if (trim === null) findings.violate('trim', 'must be trim silence or do not trim', 13_699);
  const { tracks: hasTracks } = request;
  return {
    ...(trim == null ? {} : { trim }),
    ...(hasTracks === undefined ? {} : { hasTracks }),
    ...readCallback(request, findings),
  };
}

/** Of a call that is made; null: it is not recorded by itself, or something of that is at fault. */
export function readLegRecording(
  said: ParticipantRecording | undefined,
  at: string,
  findings: Findings,
): LegRecording | null {
  if (said === undefined) return null;
  const track = said.track === WireTrack.UNSPECIFIED ? 'both' : keyOf(tracks, said.track);
  const trim = said.trim === WireTrim.UNSPECIFIED ? 'trim-silence' : keyOf(trims, said.trim);
  if (track === null) findings.violate(`${at}.track`, 'must be both, inbound or outbound', 13_217);
  if (trim === null) findings.violate(`${at}.trim`, 'must be trim silence or do not trim', 13_699);
  const { callback = null } = readCallback(said, findings, `${at}.`);
  if (track === null || trim === null) return null;
  return { channels: said.dual && track === 'both' ? 2 : 1, track, trim, callback, source: 'outbound-api' };
}

type CallbackFields = Pick<
  StartRecordingRequest,
  'recordingStatusCallback' | 'recordingStatusCallbackMethod' | 'recordingStatusCallbackEvent'
>;

function readCallback(request: CallbackFields, findings: Findings, at = ''): Pick<RecordingWishes, 'callback'> {
  const said = request.recordingStatusCallbackEvent;
  const events = said.flatMap((token) => tokens.get(token) ?? []);
  if (events.length < said.length) {
    findings.violate(`${at}recording_status_callback_event`, 'must be known events', 13_621);
  }
  const field = `${at}recording_status_callback_method`;
  const method = readMethod(request.recordingStatusCallbackMethod, 'POST', field, 13_221, findings);
  if (request.recordingStatusCallback === undefined) return {};
  const url = readUrl(request.recordingStatusCallback, `${at}recording_status_callback`, 13_256, findings);
  if (url === null || method === null) return {};
  return { callback: { url, method, events: said.length === 0 ? null : [...new Set(events)] } };
}

/** What REST calls it, too (CONTRACT §7.5). */
const current = 'CURRENT';

export function readChoice(
  { recordingSid, conferenceSid }: Pick<UpdateRecordingRequest, 'recordingSid' | 'conferenceSid'>,
  findings: Findings,
): RecordingChoice | null {
  if (recordingSid !== current) return readSid('recording', recordingSid, 'recording_sid', findings);
  const of = readSid('conference', conferenceSid ?? '', 'conference_sid', findings);
  return of === null ? null : { currentOf: of };
}

export function readChange(
  { status, pauseBehavior }: UpdateRecordingRequest,
  findings: Findings,
): RecordingChange | null {
  switch (status) {
    case WireStatus.PAUSED:
      switch (pauseBehavior) {
        case PauseBehavior.UNSPECIFIED:
        case PauseBehavior.SILENCE:
          return { kind: 'pause', behavior: 'silence' };
        case PauseBehavior.SKIP:
          return { kind: 'pause', behavior: 'skip' };
        default:
          findings.violate('pause_behavior', 'must be silence or skip');
          return null;
      }
    case WireStatus.IN_PROGRESS:
      return { kind: 'resume' };
    case WireStatus.STOPPED:
      return { kind: 'stop' };
    default:
      findings.violate('status', 'must be paused, in progress or stopped');
      return null;
  }
}

export function readRecordingFilter(request: ListRecordingsRequest, findings: Findings): RecordingFilter {
  const { conferenceSid, callSid, status: wire } = request;
  const status = wire === WireStatus.UNSPECIFIED ? null : keyOf(statuses, wire);
  if (status === null && wire !== WireStatus.UNSPECIFIED) findings.violate('status', 'must be a known status');
  return {
    conferenceSid:
      conferenceSid === undefined ? null : readSid('conference', conferenceSid, 'conference_sid', findings),
    callSid: callSid === undefined ? null : readSid('call', callSid, 'call_sid', findings),
    status,
    createdFromMs: null,
    createdUntilMs: null,
  };
}
