/** DialRequest, read: the instruction, the facts of the call and the media offer, with every default filled in. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DialReply, DialRequest, MediaOffer } from '../../app/application.js';
import { err, ok, type Result } from '../../base/result.js';
import { absoluteUrl } from '../../callbacks/resolve-url.js';
import type { CallFacts } from '../../conference/state.js';
import { dialAttributes } from '../../cxml/dial-attributes.js';
import type { Finding } from '../../cxml/finding.js';
import { readAttributes } from '../../cxml/read-attributes.js';
import { type GrpcOffer, MediaEncoding, type RtpOffer } from '../../gen/parley/v1/call_pb.js';
import type { DialResponseSchema, DialRequest as WireRequest } from '../../gen/parley/v1/call_service_pb.js';
import type { Dial } from '../../gen/parley/v1/dial_pb.js';
import { frameBytes } from '../../media/frame-bytes.js';
import { directionOf } from './call-mapping.js';
import { readConferenceNoun } from './conference-noun.js';
import type { Failure } from './failure.js';
import { readSid } from './fields.js';
import { Findings } from './findings.js';
import { toEncoding } from './media-encoding.js';
import { dialSaid, fieldOf } from './said-attributes.js';

const factCharactersMax = 256;
const sdpBytesMax = 65_536;

type ReadDial = { readonly request: Omit<DialRequest, 'accountSid'>; readonly findings: Findings };

export function readDial(request: WireRequest): Result<ReadDial, Failure> {
  const findings = new Findings();
  const callSid = request.callSid === undefined ? null : readSid('call', request.callSid, 'call_sid', findings);
  const call = readFacts(request.call, findings);
  const instruction = readInstruction(request, findings);
  const media = readMedia(request, findings);
  const failure = findings.failure();
  if (failure !== null) return err(failure);
  if (call === null || instruction === null || media === null) return err(findings.failed());
  return ok({ request: { callSid, call, media, ...instruction, ...readShaping(request) }, findings });
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

function readInstruction({ instruction }: WireRequest, findings: Findings): TypedDial | null {
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

type TypedDial = Pick<DialRequest, 'conference' | 'hangupOnStar' | 'jitterBufferSize'>;

function readDialVerb(dial: Dial, path: string, findings: Findings): TypedDial | null {
  const found: Finding[] = [];
  const at = (attribute: string | null): string => (attribute === null ? path : `${path}.${fieldOf(attribute)}`);
  const notebook = { resolveUrl: absoluteUrl, at, findings: found };
  const { timeLimit, hangupOnStar, action, record } = readAttributes(dialAttributes, dialSaid(dial), notebook).values;
  for (const { code, where, message } of found) findings.warn(code, where, message);
  // Attributes that this version does nothing with: harmless ones were checked, the others are refused.
  if (action !== null) findings.lack(at('action'), 'cXML documents');
  if (record !== 'do-not-record') findings.lack(at('record'), 'recordings');
  if (dial.conference === undefined) {
    findings.violate(`${path}.conference`, 'is required');
    return null;
  }
  const noun = readConferenceNoun(dial.conference, `${path}.conference`, findings);
  if (noun === null) return null;
  const { jitterBufferSize, wishes: _, ...conference } = noun;
  return {
    conference: { ...conference, timeLimitSeconds: timeLimit },
    hangupOnStar,
    ...(jitterBufferSize === null ? {} : { jitterBufferSize }),
  };
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
