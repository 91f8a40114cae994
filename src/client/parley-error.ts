/** Why the daemon did not do what it was asked: the gRPC status, and what its rich details say. */
import { fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { type ServiceError, status } from '@grpc/grpc-js';
import { BadRequestSchema, ErrorInfoSchema } from '../gen/google/rpc/error_details_pb.js';
import { type Status, StatusSchema } from '../gen/google/rpc/status_pb.js';

/** Names of the gRPC status codes. */
export type StatusName = keyof typeof status;

/** A field of the request that is at fault, by its path in the proto, and the rule that it breaks. */
export type FieldViolation = { readonly field: string; readonly description: string };

type Facts = {
  readonly code: status;
  readonly details: string;
  readonly reason?: string | null;
  readonly contractCode?: number | null;
  readonly violations?: readonly FieldViolation[];
  readonly cause?: unknown;
};

/** Every promise and iteration of this package rejects with one of these, or with the `AbortSignal`'s reason. */
export class ParleyError extends Error {
  override readonly name = 'ParleyError';
  /** gRPC status, e.g. 5. */
  readonly code: status;
  /** What the daemon said, for people. */
  readonly details: string;
  /** UPPER_SNAKE_CASE, e.g. `LABEL_IN_USE`; null when the daemon gave none, or was not reached. */
  readonly reason: string | null;
  /** The number that documents and REST answers have for it, e.g. 16025; null when there is none. */
  readonly contractCode: number | null;
  readonly violations: readonly FieldViolation[];

  constructor({ code, details, reason = null, contractCode = null, violations = [], cause }: Facts) {
    const fields = violations.map(({ field, description }) => `\n  ${field}: ${description}`);
    super(`${status[code]}: ${details}${fields.join('')}`, { cause });
    this.code = code;
    this.details = details;
    this.reason = reason;
    this.contractCode = contractCode;
    this.violations = violations;
  }

  /** The name of `code`, e.g. `NOT_FOUND`. */
  get status(): StatusName {
    return status[this.code] as StatusName;
  }
}

/** Total: details that cannot be read are left out. */
export function toParleyError(error: unknown): ParleyError {
  if (error instanceof ParleyError) return error;
  if (!isServiceError(error)) {
    const details = error instanceof Error ? error.message : String(error);
    return new ParleyError({ code: status.UNKNOWN, details, cause: error });
  }
  const { code, details, metadata } = error;
  const [bytes] = metadata?.get('grpc-status-details-bin') ?? [];
  return new ParleyError({
    code,
    details,
    cause: error,
    ...(Buffer.isBuffer(bytes) ? richDetails(() => fromBinary(StatusSchema, bytes)) : {}),
  });
}

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;

/** What came of one command among many. Total, as `toParleyError`. */
export function parleyErrorOf(failure: Status): ParleyError {
  const { code, message } = failure;
  return new ParleyError({ code, details: message, ...richDetails(() => failure) });
}

function richDetails(read: () => Status): Pick<Facts, 'reason' | 'contractCode' | 'violations'> {
  try {
    const { details } = read();
    const info = details.map((any) => anyUnpack(any, ErrorInfoSchema)).find((message) => message !== undefined);
    const fields = details.map((any) => anyUnpack(any, BadRequestSchema)).find((message) => message !== undefined);
    const contractCode = info?.metadata.code;
    return {
      reason: info?.reason ?? null,
      contractCode: contractCode === undefined ? null : Number(contractCode),
      violations: (fields?.fieldViolations ?? []).map(({ field, description }) => ({ field, description })),
    };
  } catch {
    return {};
  }
}
