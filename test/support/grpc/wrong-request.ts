/** What a wrong request of parley.v1 is made of. */
import type { DescMethod, MessageInitShape, UnknownEnum } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import type { DialRequestSchema } from '../../../src/gen/parley/v1/call_service_pb.js';
import type { Dial, Dial_Conference } from '../../../src/gen/parley/v1/dial_pb.js';

export type WrongRequest = {
  readonly method: DescMethod;
  readonly what: string;
  readonly request: unknown;
  readonly code: status;
  /** Paths in google.rpc.BadRequest, in order. */
  readonly fields: readonly string[];
  readonly contractCode: number | null;
};

/** A request that is carried out with a default in place of what was wrong. */
export type OddRequest = {
  readonly what: string;
  readonly request: MessageInitShape<typeof DialRequestSchema>;
  readonly code: number;
  readonly field: string;
};

/** Of every enum: no name in any version. */
export const strange = 4711 as UnknownEnum;

export const wrong = (
  method: DescMethod,
  what: string,
  request: unknown,
  fields: readonly string[],
  contractCode: number | null = null,
  code: status = status.INVALID_ARGUMENT,
): WrongRequest => ({ method, what, request, code, fields, contractCode });

type FieldsOf<Message> = Partial<Omit<Message, '$typeName' | '$unknown'>>;
export type ConferenceInit = FieldsOf<Dial_Conference>;
export type DialInit = Omit<FieldsOf<Dial>, 'conference'>;
type RequestInit = MessageInitShape<typeof DialRequestSchema>;

export const rightDial = (
  conference: ConferenceInit = {},
  dial: DialInit = {},
  request: RequestInit = {},
): MessageInitShape<typeof DialRequestSchema> => ({
  instruction: { case: 'dial', value: { ...dial, conference: { roomName: 'Room 1234', ...conference } } },
  media: { case: 'rtp', value: { sdpOffer: 'v=0' } },
  ...request,
});

export const notUrls = [
  'x',
  '/relative',
  'ftp://example.test/',
  'http://',
  'http://exa mple/',
  `http://e/${'x'.repeat(4096)}`,
];

export const missing = (method: DescMethod, request: unknown, fields: readonly string[] = []): WrongRequest =>
  wrong(method, `${fields.join(', ') || 'anything'} is not there yet`, request, fields, null, status.UNIMPLEMENTED);
