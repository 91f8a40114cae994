/**
 * What an application asks of a call that is the platform's to do, which makes it: handed on as it was asked (CONTRACT
 * §7.4, Create). Null throughout: nothing was said.
 */
import type { WebTarget } from '../../conference/state.js';

export const machineDetectionModes = ['enable', 'detect-message-end'] as const;

/** Bounds and defaults of what is said of machine detection: seconds, then milliseconds. */
export const machineDetectionBounds = {
  timeoutSeconds: { min: 3, max: 59, default: 30 },
  speechThresholdMs: { min: 1000, max: 6000, default: 2400 },
  speechEndThresholdMs: { min: 500, max: 5000, default: 1200 },
  silenceTimeoutMs: { min: 2000, max: 10_000, default: 5000 },
} as const;

/** The platform listens for who answers; Parley hears of it by a report. */
export type MachineDetection = {
  readonly mode: (typeof machineDetectionModes)[number];
  readonly timeoutSeconds: number;
  /** Speech that is longer is a machine's. */
  readonly speechThresholdMs: number;
  /** Silence that ends a speech. */
  readonly speechEndThresholdMs: number;
  /** Silence at the beginning, after which it is unknown who answered. */
  readonly silenceTimeoutMs: number;
  /** Told who answered; null: nobody is. */
  readonly callback: WebTarget | null;
};

/** Values of `AnsweredBy`. */
export const answerers = [
  'human',
  'machine_start',
  'machine_end_beep',
  'machine_end_silence',
  'machine_end_other',
  'fax',
  'unknown',
] as const;
export type Answerer = (typeof answerers)[number];

export type CallWishes = {
  readonly machineDetection: MachineDetection | null;
  readonly sipAuthUsername: string | null;
  /** Never logged and never stored. */
  readonly sipAuthPassword: string | null;
  /** Why the party is called, for it to see. */
  readonly callReason: string | null;
  readonly callerDisplayName: string | null;
  /** The trunk to call over. */
  readonly byoc: string | null;
  /** Of a call that is forwarded. */
  readonly callToken: string | null;
  readonly clientNotificationUrl: string | null;
};

export const noWishes: CallWishes = {
  machineDetection: null,
  sipAuthUsername: null,
  sipAuthPassword: null,
  callReason: null,
  callerDisplayName: null,
  byoc: null,
  callToken: null,
  clientNotificationUrl: null,
};

/** Each of them that is a text, as REST names it, and how long it may be. */
export const wishTexts = {
  sipAuthUsername: { name: 'SipAuthUsername', charactersMax: 256 },
  sipAuthPassword: { name: 'SipAuthPassword', charactersMax: 256 },
  callReason: { name: 'CallReason', charactersMax: 256 },
  callerDisplayName: { name: 'CallerDisplayName', charactersMax: 255 },
  byoc: { name: 'Byoc', charactersMax: 64 },
  callToken: { name: 'CallToken', charactersMax: 4096 },
} as const satisfies Partial<Record<keyof CallWishes, { readonly name: string; readonly charactersMax: number }>>;
export type WishText = keyof typeof wishTexts;
export const wishTextNames = Object.keys(wishTexts) as readonly WishText[];
