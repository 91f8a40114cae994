/** DialRequest, read: the instruction, the facts of the call and the media offer, with every default filled in. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DialReply, DialRequest, DocumentDial, DocumentDialReply, MediaOffer } from '../../app/application.js';
import { err, ok, type Result } from '../../base/result.js';
import { absoluteUrl } from '../../callbacks/resolve-url.js';
import type { CallFacts, WebTarget } from '../../conference/state.js';
import { dialAttributes } from '../../cxml/dial-attributes.js';
import type { Verb } from '../../cxml/document.js';
import type { Finding } from '../../cxml/finding.js';
import { legRecordingOf } from '../../cxml/leg-recording.js';
import { parseDocument } from '../../cxml/parse-document.js';
import { readAttributes } from '../../cxml/read-attributes.js';
import { type GrpcOffer, MediaEncoding, type RtpOffer } from '../../gen/parley/v1/call_pb.js';
import type { DialResponseSchema, DialRequest as WireRequest } from '../../gen/parley/v1/call_service_pb.js';
import type { Dial } from '../../gen/parley/v1/dial_pb.js';
import type { DocumentUrl } from '../../gen/parley/v1/web_pb.js';
import { frameBytes } from '../../media/frame-bytes.js';
import { directionOf } from './call-mapping.js';
import { readConferenceNoun } from './conference-noun.js';
import type { Failure } from './failure.js';
import { readMethod, readSid, readUrl } from './fields.js';
import { Findings } from './findings.js';
import { toEncoding } from './media-encoding.js';
import { dialSaid, fieldOf } from './said-attributes.js';

const factCharactersMax = 256;
const sdpBytesMax = 65_536;

/** One that runs a document, or one that needs none. */
type ReadDial = {
  readonly request:
    | ({ readonly kind: 'typed' } & Omit<DialRequest, 'accountSid'>)
    | ({ readonly kind: 'document' } & Omit<DocumentDial, 'accountSid'>);
  readonly findings: Findings;
};

export function readDial(request: WireRequest): Result<ReadDial, Failure> {
  const findings = new Findings();
  const callSid = request.callSid === undefined ? null : readSid('call', request.callSid, 'call_sid', findings);
  const call = readFacts(request.call, findings);
  const instruction = readInstruction(request, findings);
  const fallback = request.fallback === undefined ? null : readTarget(request.fallback, 'fallback', findings);
  const media = readMedia(request, findings);
  const failure = findings.failure();
  if (failure !== null) return err(failure);
  if (call === null || instruction === null || media === null) return err(findings.failed());
  const common = { callSid, call, media, ...readShaping(request) };
  return 'start' in instruction
    ? ok({ request: { kind: 'document', ...common, ...instruction, fallback }, findings })
    : ok({ request: { kind: 'typed', ...common, ...instruction }, findings });
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

function readInstruction({ instruction }: WireRequest, findings: Findings): TypedDial | DocumentToRun | null {
  switch (instruction.case) {
    case 'dial':
      return readDialVerb(instruction.value, 'dial', findings);
    case 'document':
      return readDocument(instruction.value, 'document', findings);
    case 'documentUrl':
      return startAt(readTarget(instruction.value, 'document_url', findings));
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

type TypedDial = Pick<DialRequest, 'conference' | 'hangupOnStar' | 'jitterBufferSize'>;
export type DocumentToRun = Pick<DocumentDial, 'start'>;

const startAt = (start: WebTarget | null): DocumentToRun | null => (start === null ? null : { start });

/** A document handed over as it is: it has no place, so that relative URLs in it name nothing. */
export function readDocument(text: string, field: string, findings: Findings): DocumentToRun | null {
  const parsed = parseDocument(Buffer.from(text), null, absoluteUrl);
  if (parsed.ok) return { start: parsed.value };
  findings.violate(field, `is no document: ${parsed.error.rule}`, parsed.error.code);
  return null;
}

/** Where a document is to be had. */
export function readTarget({ url, method }: DocumentUrl, field: string, findings: Findings): WebTarget | null {
  const target = readUrl(url, `${field}.url`, 11_100, findings);
  const how = readMethod(method, 'POST', `${field}.method`, 13_221, findings);
  return target === null || how === null ? null : { url: target, method: how };
}

/** One that says what follows it is a document of one verb. */
function readDialVerb(dial: Dial, path: string, findings: Findings): TypedDial | DocumentToRun | null {
  const found: Finding[] = [];
  const at = (attribute: string | null): string => (attribute === null ? path : `${path}.${fieldOf(attribute)}`);
  const notebook = { resolveUrl: absoluteUrl, at, findings: found };
  const attributes = readAttributes(dialAttributes, dialSaid(dial), notebook).values;
  const { timeLimit, hangupOnStar, action, record, recordingStorageUrl } = attributes;
  for (const { code, where, message } of found) findings.warn(code, where, message);
  // Attributes that this version does nothing with: harmless ones were checked, the others are refused.
  if (record !== 'do-not-record' && recordingStorageUrl !== null) {
    findings.lack(at('recordingStorageUrl'), 'delivery of recordings');
  }
  if (dial.conference === undefined) {
    findings.violate(`${path}.conference`, 'is required');
    return null;
  }
  const noun = readConferenceNoun(dial.conference, `${path}.conference`, findings);
  if (noun === null) return null;
  if (action !== null) {
    const verb: Verb = { kind: 'dial', attributes, conference: ok(noun), where: '/Response/Dial[1]' };
    return { start: { document: { verbs: [verb], source: null }, findings: [] } };
  }
  const { jitterBufferSize, ...conference } = noun;
  return {
    conference: { ...conference, timeLimitSeconds: timeLimit, ...legRecordingOf(attributes) },
    hangupOnStar,
    ...(jitterBufferSize === null ? {} : { jitterBufferSize }),
  };
}

/** `at`: where the offer sits in its request, with a dot behind it. */
export function readMedia({ media }: Pick<WireRequest, 'media'>, findings: Findings, at = ''): MediaOffer | null {
  switch (media.case) {
    case 'rtp':
      return readRtp(media.value, findings, at);
    case 'grpc':
      return readGrpc(media.value, findings, at);
    case undefined:
      findings.violate(`${at}media`, 'is required: one of rtp, grpc');
      return null;
  }
}

/** The offer, also of a call under way. */
export function readRtp(
  { sdpOffer }: RtpOffer,
  findings: Findings,
  at = '',
): Extract<MediaOffer, { kind: 'rtp' }> | null {
  if (sdpOffer.trim() === '') findings.violate(`${at}rtp.sdp_offer`, 'is required');
  else if (Buffer.byteLength(sdpOffer) > sdpBytesMax) {
    findings.violate(`${at}rtp.sdp_offer`, `must have at most ${sdpBytesMax} bytes`);
  } else return { kind: 'rtp', sdpOffer };
  return null;
}

function readGrpc({ encoding, sampleRateHz }: GrpcOffer, findings: Findings, at: string): MediaOffer | null {
  switch (encoding) {
    case MediaEncoding.PCMU:
      if (sampleRateHz === 0 || sampleRateHz === 8000) return { kind: 'grpc', codec: 'pcmu', rateHz: 8000 };
      findings.violate(`${at}grpc.sample_rate_hz`, 'must be 8000 for PCMU');
      return null;
    case MediaEncoding.LINEAR16: {
      const rateHz = linearRates.find((rate) => rate === sampleRateHz);
      if (rateHz !== undefined) return { kind: 'grpc', codec: 'linear16', rateHz };
      findings.violate(`${at}grpc.sample_rate_hz`, `must be one of ${linearRates.join(', ')}`);
      return null;
    }
    default:
      findings.violate(`${at}grpc.encoding`, 'must be MEDIA_ENCODING_LINEAR16 or MEDIA_ENCODING_PCMU');
      return null;
  }
}

const linearRates = [8000, 16_000, 24_000, 48_000] as const;

/** `request` is the one that was answered. */
export function toDialResponse(
  reply: DialReply | DocumentDialReply,
  request: Pick<DialRequest, 'media'>,
  findings: Findings,
): MessageInitShape<typeof DialResponseSchema> {
  return {
    callSid: reply.callSid,
    conferenceSid: reply.conferenceSid ?? '',
    media: toMediaAnswer(reply, request.media),
    warnings: [...findings.warnings(), ...reply.warnings],
  };
}

export function toMediaAnswer(
  { media }: Pick<DialReply, 'media'>,
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
