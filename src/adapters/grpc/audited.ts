/** Changes over gRPC in the audit trail: every call of a method that its proto does not call free of side effects. */
import { createHash } from 'node:crypto';
import type { DescField, DescMessage, DescMethod, Message } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Level, FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { type Audit, auditedUrl } from '../../app/audit.js';
import type { AccountSid } from '../../base/brands.js';
import type { Clock } from '../../base/ports.js';
import type { Result } from '../../base/result.js';
import { parseSid, type SidKind } from '../../base/sids.js';
import { bearerToken } from './authentication.js';
import type { Failure } from './failure.js';

/** Fields of one request, and items of one list, that are told. */
const fieldsMax = 64;
const itemsMax = 16;
/** No message of ours is as deep. */
const depthMax = 8;

const sidKinds: readonly SidKind[] = ['account', 'call', 'conference', 'recording'];

export const changes = ({ idempotency }: DescMethod): boolean => idempotency !== Level.NO_SIDE_EFFECTS;

/** Who calls. */
export type Caller = {
  readonly accountSid: AccountSid;
  /** The first digits of the digest of the token that was shown; null without one. */
  readonly token: string | null;
  /** The address it comes from. */
  readonly from: string;
};

/**
 * Tells tokens of an account apart, and gives none of them away. `authorization`: as it was sent; null: it was not.
 */
export function tokenDigits(authorization: string | null): string | null {
  const token = bearerToken(authorization);
  return token === null ? null : createHash('sha256').update(token).digest('hex').slice(0, 8);
}

/** `message`: null when the request was none. */
export function noteCall(
  method: DescMethod,
  message: Message | null,
  { accountSid, token, from }: Caller,
  traceId: string,
  result: Result<unknown, Failure>,
  { audit, clock }: { readonly audit: Audit; readonly clock: Pick<Clock, 'now'> },
): void {
  const said: Record<string, string> = {};
  if (message !== null) tell(method.input, message, '', said, 0);
  // Written out: for names behind a spread Node 20 makes hidden classes anew each time, in V8's old generation.
  audit.note({
    atMs: clock.now(),
    face: 'grpc',
    accountSid,
    operation: method.name,
    traceId,
    from,
    said,
    target: `/${method.parent.typeName}/${method.name}`,
    token,
    status: result.ok ? 0 : result.error.code,
    code: result.ok ? null : result.error.contractCode,
  });
}

function tell(of: DescMessage, message: Message, at: string, said: Record<string, string>, depth: number): void {
  for (const field of of.fields) {
    const value = valueIn(field, message);
    if (value === undefined || Object.keys(said).length >= fieldsMax) continue;
    const name = `${at}${field.name}`;
    if (field.fieldKind !== 'message') said[name] = textOf(field, value);
    else if (depth < depthMax && !field.message.typeName.startsWith('google.')) {
      tell(field.message, value as Message, `${name}.`, said, depth + 1);
    } else said[name] = 'given';
  }
}

/** Undefined: it was not said. */
function valueIn({ localName, oneof, presence }: DescField, message: Message): unknown {
  const fields = message as unknown as Readonly<Record<string, unknown>>;
  if (oneof === undefined && presence === Presence.EXPLICIT) return fields[localName];
  if (oneof === undefined) return saidOf(fields[localName]);
  const chosen = fields[oneof.localName] as { readonly case?: string; readonly value?: unknown } | undefined;
  return chosen?.case === localName ? chosen.value : undefined;
}

const saidOf = (value: unknown): unknown =>
  value === '' || value === 0 || value === false || (Array.isArray(value) && value.length === 0) ? undefined : value;

/** Of closed sets the value, of sids and URLs what may be told, of other texts and bytes the length. */
function textOf(field: Exclude<DescField, { fieldKind: 'message' }>, value: unknown): string {
  const one = (each: unknown): string => {
    if (typeof each === 'string') return ofText(each);
    if (each instanceof Uint8Array) return `${each.length} bytes`;
    const isEnum = field.fieldKind === 'enum' || (field.fieldKind === 'list' && field.listKind === 'enum');
    return isEnum && typeof each === 'number' ? (field.enum?.value[each]?.name ?? String(each)) : String(each);
  };
  if (field.fieldKind === 'list') return (value as readonly unknown[]).slice(0, itemsMax).map(one).join(' ');
  return one(value);
}

function ofText(text: string): string {
  if (sidKinds.some((kind) => parseSid(kind, text) !== null)) return text;
  return auditedUrl(text) || `${text.length} characters`;
}
