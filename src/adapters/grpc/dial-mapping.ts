/** DialRequest, read: the instruction, the facts of the call and the media offer, with every default filled in. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ConferenceDial, DialReply, DialRequest, MediaOffer } from '../../app/application.js';
import { err, ok, type Result } from '../../base/result.js';
import type { CallFacts } from '../../conference/state.js';
import { type GrpcOffer, MediaEncoding, type RtpOffer } from '../../gen/parley/v1/call_pb.js';
import type { DialResponseSchema, DialRequest as WireRequest } from '../../gen/parley/v1/call_service_pb.js';
import {
  type Dial,
  DialRecord,
  JitterBufferSize,
  RecordingStorageMethod,
  RecordingTrack,
} from '../../gen/parley/v1/dial_pb.js';
import { frameBytes } from '../../media/frame-bytes.js';
import { checkRecordingCallback, checkTrim, isKnown, methodAttribute, urlAttribute } from './attributes.js';
import { directionOf } from './call-mapping.js';
import { readConferenceNoun } from './conference-noun.js';
import type { Failure } from './failure.js';
import { readSid } from './fields.js';
import { Findings } from './findings.js';
import { toEncoding } from './media-encoding.js';

/** `<Dial timeLimit>` when it is left out (CONTRACT §2.1). */
const timeLimitSecondsDefault = 14_400;
const factCharactersMax = 256;
const sdpBytesMax = 65_536;

type ReadDial = { readonly request: Omit<DialRequest, 'accountSid'>; readonly findings: Findings };

export function readDial(request: WireRequest): Result<ReadDial, Failure> {
  const findings = new Findings();
  const callSid = request.callSid === undefined ? null : readSid('call', request.callSid, 'call_sid', findings);
  const call = readFacts(request.call, findings);
  const conference = readInstruction(request, findings);
  const media = readMedia(request, findings);
  const jitterBuffer = readJitterBuffer(request, findings);
  const failure = findings.failure();
  if (failure !== null) return err(failure);
  if (call === null || conference === null || media === null) return err(findings.failed());
  const hangupOnStar = request.instruction.case === 'dial' && request.instruction.value.hangupOnStar === true;
  const shaping = readShaping(request);
  return ok({ request: { callSid, call, conference, media, hangupOnStar, ...shaping, ...jitterBuffer }, findings });
}

function readFacts(call: WireRequest['call'], findings: Findings): CallFacts | null {
  if (call === undefined) return { from: '', to: '', direction: 'inbound' };
  for (const name of ['from', 'to'] as const) {
    if ([...call[name]].length > factCharactersMax) {
      findings.violate(`call.${name}`, `must have at most ${factCharactersMax} characters`);
    }
  }
  const direction = directionOf(call.direction);
  if (direction === null) findings.violate('call.direction', 'must be a known direction');
  return direction === null ? null : { from: call.from, to: call.to, direction };
}

function readInstruction({ instruction }: WireRequest, findings: Findings): ConferenceDial | null {
  switch (instruction.case) {
    case 'dial':
      return readDialVerb(instruction.value, 'dial', findings);
    case 'document':
      findings.lack('document', 'cXML documents');
      return null;
    case 'documentUrl':
      findings.lack('document_url', 'cXML documents');
      return null;
    case undefined:
      findings.violate('instruction', 'is required: one of dial, document, document_url');
      return null;
  }
}

/** Nothing when the dial says nothing of it. */
function readShaping({ instruction }: WireRequest): Pick<DialRequest, 'shaping'> {
  const noun = instruction.case === 'dial' ? instruction.value.conference : undefined;
  const { noiseGate, automaticGain } = noun ?? {};
  if (noiseGate === undefined && automaticGain === undefined) return {};
  return {
    shaping: {
      ...(noiseGate === undefined ? {} : { noiseGate }),
      ...(automaticGain === undefined ? {} : { automaticGain }),
    },
  };
}

const jitterBufferSizes: ReadonlyMap<JitterBufferSize, NonNullable<DialRequest['jitterBufferSize']>> = new Map([
  [JitterBufferSize.OFF, 'off'],
  [JitterBufferSize.SMALL, 'small'],
  [JitterBufferSize.MEDIUM, 'medium'],
  [JitterBufferSize.LARGE, 'large'],
]);

/** Nothing when the dial says nothing of it, or nothing known. */
function readJitterBuffer({ instruction }: WireRequest, findings: Findings): Pick<DialRequest, 'jitterBufferSize'> {
  const wire = instruction.case === 'dial' ? instruction.value.conference?.jitterBufferSize : undefined;
  if (wire === undefined) return {};
  isKnown(JitterBufferSize, wire, 'dial.conference.jitter_buffer_size', 16002, findings);
  const jitterBufferSize = jitterBufferSizes.get(wire);
  return jitterBufferSize === undefined ? {} : { jitterBufferSize };
}

function readDialVerb(dial: Dial, path: string, findings: Findings): ConferenceDial | null {
  checkWithoutEffect(dial, path, findings);
  const timeLimitSeconds = readTimeLimit(dial.timeLimitSeconds, `${path}.time_limit_seconds`, findings);
  if (dial.conference === undefined) {
    findings.violate(`${path}.conference`, 'is required');
    return null;
  }
  const conference = readConferenceNoun(dial.conference, `${path}.conference`, findings);
  return conference === null ? null : { ...conference, timeLimitSeconds };
}

function readTimeLimit(seconds: number | undefined, field: string, findings: Findings): number {
  if (seconds === undefined) return timeLimitSecondsDefault;
  if (seconds >= 1) return seconds;
  findings.warn(13216, field, `less than 1: taken as ${timeLimitSecondsDefault}`);
  return timeLimitSecondsDefault;
}

/** Attributes that this version does nothing with: harmless ones are checked, the others refused. */
function checkWithoutEffect(dial: Dial, path: string, findings: Findings): void {
  methodAttribute(dial.method, `${path}.method`, findings, 13210);
  if ((dial.action ?? '').trim() !== '') findings.lack(`${path}.action`, 'cXML documents');
  if (isKnown(DialRecord, dial.record, `${path}.record`, 13217, findings) && dial.record > DialRecord.DO_NOT_RECORD) {
    findings.lack(`${path}.record`, 'recordings');
  }
  checkTrim(dial.trim, `${path}.trim`, 13699, findings);
  isKnown(RecordingTrack, dial.recordingTrack, `${path}.recording_track`, 13217, findings);
  checkRecordingCallback(
    {
      url: dial.recordingStatusCallback,
      method: dial.recordingStatusCallbackMethod,
      events: dial.recordingStatusCallbackEvent,
    },
    `${path}.recording_status_callback`,
    findings,
  );
  urlAttribute(dial.recordingStorageUrl, `${path}.recording_storage_url`, 13256, findings);
  const storageMethod = `${path}.recording_storage_url_method`;
  isKnown(RecordingStorageMethod, dial.recordingStorageUrlMethod, storageMethod, 13221, findings);
}

function readMedia({ media }: WireRequest, findings: Findings): MediaOffer | null {
  switch (media.case) {
    case 'rtp':
      return readRtp(media.value, findings);
    case 'grpc':
      return readGrpc(media.value, findings);
    case undefined:
      findings.violate('media', 'is required: one of rtp, grpc');
      return null;
  }
}

/** The offer, also of a call under way. */
export function readRtp({ sdpOffer }: RtpOffer, findings: Findings): Extract<MediaOffer, { kind: 'rtp' }> | null {
  if (sdpOffer.trim() === '') findings.violate('rtp.sdp_offer', 'is required');
  else if (Buffer.byteLength(sdpOffer) > sdpBytesMax) {
    findings.violate('rtp.sdp_offer', `must have at most ${sdpBytesMax} bytes`);
  } else return { kind: 'rtp', sdpOffer };
  return null;
}

function readGrpc({ encoding, sampleRateHz }: GrpcOffer, findings: Findings): MediaOffer | null {
  switch (encoding) {
    case MediaEncoding.PCMU:
      if (sampleRateHz === 0 || sampleRateHz === 8000) return { kind: 'grpc', codec: 'pcmu', rateHz: 8000 };
      findings.violate('grpc.sample_rate_hz', 'must be 8000 for PCMU');
      return null;
    case MediaEncoding.LINEAR16: {
      const rateHz = linearRates.find((rate) => rate === sampleRateHz);
      if (rateHz !== undefined) return { kind: 'grpc', codec: 'linear16', rateHz };
      findings.violate('grpc.sample_rate_hz', `must be one of ${linearRates.join(', ')}`);
      return null;
    }
    default:
      findings.violate('grpc.encoding', 'must be MEDIA_ENCODING_LINEAR16 or MEDIA_ENCODING_PCMU');
      return null;
  }
}

const linearRates = [8000, 16_000, 24_000, 48_000] as const;

/** `request` is the one that was answered. */
export function toDialResponse(
  reply: DialReply,
  request: Pick<DialRequest, 'media'>,
  findings: Findings,
): MessageInitShape<typeof DialResponseSchema> {
  return {
    callSid: reply.callSid,
    conferenceSid: reply.conferenceSid,
    media: toMediaAnswer(reply, request.media),
    warnings: [...findings.warnings(), ...reply.warnings],
  };
}

function toMediaAnswer(
  { media }: DialReply,
  offer: MediaOffer,
): NonNullable<MessageInitShape<typeof DialResponseSchema>['media']> {
  if (media.kind === 'rtp') return { case: 'rtp', value: { sdpAnswer: media.sdpAnswer } };
  if (offer.kind === 'rtp') throw new Error('an RTP offer is answered with RTP');
  const { codec, rateHz } = offer;
  return {
    case: 'grpc',
    value: { encoding: toEncoding(codec), sampleRateHz: rateHz, frameBytes: frameBytes(codec, rateHz) },
  };
}
