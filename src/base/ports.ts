/** The things purity must be given: time, randomness, a log. */
import type { EpochMs, MonotonicMs } from './brands.js';

/** Cancels what it was returned for; calling it twice does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Wall clock, for what is shown to people and put into callbacks. */
  now(): EpochMs;
  /** Never steps, for every interval and deadline. */
  monotonic(): MonotonicMs;
  /** Runs `action` once, `delayMs` from now (0 or more). Does not keep the process alive. */
  after(delayMs: number, action: () => void): Cancel;
}

export interface Random {
  /** `count` unpredictable bytes. */
  bytes(count: number): Uint8Array;
  /** Uniform in [0, 1): for jitter, never for secrets. */
  fraction(): number;
}

/** `event` is a constant in kebab-case; facts go into `fields`. Audio and phone numbers are never logged. */
export interface Logger {
  debug(event: string, fields?: Readonly<Record<string, unknown>>): void;
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Somebody must act. */
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}
