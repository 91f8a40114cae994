/**
 * Why an rpc is refused, as data, and what the wire makes of it: a gRPC status whose trailer
 * `grpc-status-details-bin` holds google.rpc.ErrorInfo, where fields are at fault google.rpc.BadRequest, and where
 * waiting helps google.rpc.RetryInfo.
 */
import { create, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { anyPack, DurationSchema } from '@bufbuild/protobuf/wkt';
import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../../gen/google/rpc/error_details_pb.js';
import { StatusSchema } from '../../gen/google/rpc/status_pb.js';

export const errorDomain = 'parley';

/**
 * `field` is a path from the request message in proto names; `description` is the rule, never the value.
 * A field is named once and no request has many, so the trailers stay well below the 8 KiB that peers take.
 */
export type Violation = { readonly field: string; readonly description: string };

export type Failure = {
  readonly code: status;
  /** UPPER_SNAKE_CASE, stable: programs branch on it. */
  readonly reason: string;
  /** Of ours, in ASCII: what the caller typed is never repeated. */
  readonly message: string;
  /** Number of the error dictionary (CONTRACT §11), when it has one. */
  readonly contractCode: number | null;
  readonly violations: readonly Violation[];
  /** When to come back; left out: not said. */
  readonly retryAfterSeconds?: number;
};

export const invalidArgument = (violations: readonly Violation[], contractCode: number | null): Failure => ({
  code: status.INVALID_ARGUMENT,
  reason: 'INVALID_ARGUMENT',
  message: violations
    .map(({ field, description }) => `${field} ${description}`)
    .join('; ')
    .slice(0, 1000),
  contractCode,
  violations,
});

/** A request for something a later version brings; `what` names it. */
export const notAvailable = (what: string, fields: readonly string[] = []): Failure => ({
  code: status.UNIMPLEMENTED,
  reason: 'NOT_AVAILABLE',
  message: `this version has no ${what}`,
  contractCode: null,
  violations: fields.map((field) => ({ field, description: 'asks for what this version does not have' })),
});

export const shuttingDown: Failure = {
  code: status.UNAVAILABLE,
  reason: 'SHUTTING_DOWN',
  message: 'the daemon is shutting down',
  contractCode: null,
  violations: [],
};

/** A bug of ours: the caller learns nothing but that; the log has the rest. */
export const internal: Failure = {
  code: status.INTERNAL,
  reason: 'INTERNAL',
  message: 'internal error',
  contractCode: 16099,
  violations: [],
};

const retryInfo = (seconds: number) =>
  create(RetryInfoSchema, { retryDelay: create(DurationSchema, { seconds: BigInt(seconds) }) });

/** As a message of its own: what the trailer holds. */
export function statusMessage(failure: Failure): MessageShape<typeof StatusSchema> {
  const { code, reason, message, contractCode } = failure;
  const info = create(ErrorInfoSchema, {
    reason,
    domain: errorDomain,
    metadata: contractCode === null ? {} : { code: `${contractCode}` },
  });
  const badRequest = create(BadRequestSchema, { fieldViolations: [...failure.violations] });
  const details = [
    anyPack(ErrorInfoSchema, info),
    ...(failure.violations.length === 0 ? [] : [anyPack(BadRequestSchema, badRequest)]),
    ...(failure.retryAfterSeconds === undefined
      ? []
      : [anyPack(RetryInfoSchema, retryInfo(failure.retryAfterSeconds))]),
  ];
  return create(StatusSchema, { code, message, details });
}

export function toStatus(failure: Failure): StatusObject {
  const { code, message } = failure;
  const metadata = new Metadata();
  const bytes = toBinary(StatusSchema, statusMessage(failure));
  metadata.set('grpc-status-details-bin', Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return { code, details: message, metadata };
}
