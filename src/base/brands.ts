/**
 * Branded primitives: a plain string or number does not fit where one of these is asked for.
 * Only `sids.ts` and the constructors below make them.
 */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Canonical form of every sid inside Parley: a lower-case UUID (CONTRACT §9). */
export type AccountSid = Brand<string, 'AccountSid'>;
export type CallSid = Brand<string, 'CallSid'>;
export type ConferenceSid = Brand<string, 'ConferenceSid'>;
export type RecordingSid = Brand<string, 'RecordingSid'>;

/** 1 to 128 characters, trimmed, case-sensitive (CONTRACT §1.1). */
export type RoomName = Brand<string, 'RoomName'>;

/** Wall-clock instant, milliseconds since the Unix epoch. */
export type EpochMs = Brand<number, 'EpochMs'>;
export const epochMs = (value: number): EpochMs => value as EpochMs;

/** Reading of a clock that never steps, in milliseconds; only differences mean something. */
export type MonotonicMs = Brand<number, 'MonotonicMs'>;
export const monotonicMs = (value: number): MonotonicMs => value as MonotonicMs;
