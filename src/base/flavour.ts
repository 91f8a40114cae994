/** Where SignalWire and Twilio cannot both be satisfied at once: the nine switches of CONTRACT §13, per account. */
import type { SidStyle } from './sids.js';

export type FlavourName = 'signalwire' | 'twilio';

export type Flavour = {
  readonly name: FlavourName;
  /** How sids are spelled when they leave the daemon (CONTRACT §9). */
  readonly sidStyle: SidStyle;
  /** In front of `/2010-04-01` in every `uri` of REST (CONTRACT §7); both prefixes are served to everybody. */
  readonly uriPrefix: '/api/laml' | '';
  /** What comes after a wait document that has ended, or after direct audio (CONTRACT §5, §5.1). */
  readonly waitDocumentEnd: 'fetched-again' | 'silence';
  /** `DialCallDuration` in the action request of a conference (CONTRACT §2.2). */
  readonly dialCallDuration: boolean;
  /** When `recordingStatusCallbackEvent` says nothing (CONTRACT §4.1). */
  readonly recordingStatusCallbackEvents: readonly RecordingEvent[];
  /** `status` of a participant who is in, and of one who has left (CONTRACT §7.4). */
  readonly participantStatus: { readonly in: string; readonly left: string };
  /** Is `action` requested after the caller of this leg hung up (CONTRACT §2.3)? */
  readonly actionAfterHangUp: boolean;
  /** Standard request parameters, `EventName`, `CallSid` on start and end, `Duration` at the end (CONTRACT §3.2). */
  readonly statusCallbackExtras: boolean;
  /** Is `eventCallbackUrl` told of every end, or only of a recorded one that nobody else is told of (CONTRACT §3.4)? */
  readonly eventCallback: 'always' | 'recorded-and-untold';
};

/** Tokens of `recordingStatusCallbackEvent` (CONTRACT §4.1). */
export const recordingEvents = ['in-progress', 'completed', 'failed', 'absent'] as const;
export type RecordingEvent = (typeof recordingEvents)[number];

export const flavours: Readonly<Record<FlavourName, Flavour>> = {
  signalwire: {
    name: 'signalwire',
    sidStyle: 'uuid',
    uriPrefix: '/api/laml',
    waitDocumentEnd: 'fetched-again',
    dialCallDuration: true,
    recordingStatusCallbackEvents: ['completed', 'failed', 'absent'],
    participantStatus: { in: 'in-progress', left: 'completed' },
    actionAfterHangUp: false,
    statusCallbackExtras: true,
    eventCallback: 'always',
  },
  twilio: {
    name: 'twilio',
    sidStyle: 'prefixed',
    uriPrefix: '',
    waitDocumentEnd: 'silence',
    dialCallDuration: false,
    recordingStatusCallbackEvents: ['completed'],
    participantStatus: { in: 'connected', left: 'complete' },
    actionAfterHangUp: false,
    statusCallbackExtras: false,
    eventCallback: 'recorded-and-untold',
  },
};
