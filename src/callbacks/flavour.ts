/** Where SignalWire and Twilio cannot both be satisfied at once (CONTRACT §13): what concerns callbacks. */
import type { SidStyle } from '../base/sids.js';

export type FlavourName = 'signalwire' | 'twilio';

export type Flavour = {
  readonly sidStyle: SidStyle;
  /** Standard request parameters, `EventName`, `CallSid` on start and end, `Duration` at the end (CONTRACT §3.2). */
  readonly statusCallbackExtras: boolean;
};

export const flavours: Readonly<Record<FlavourName, Flavour>> = {
  signalwire: { sidStyle: 'uuid', statusCallbackExtras: true },
  twilio: { sidStyle: 'prefixed', statusCallbackExtras: false },
};
