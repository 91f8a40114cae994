/**
 * Where SignalWire and Twilio cannot both be satisfied at once, per account: the nine switches of CONTRACT §13, and a
 * tenth for the fields of a recording, whose two columns in §7.5 exclude each other. Nothing asks for `name`.
 */
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
  /** How a recording is shown over REST and in callbacks (CONTRACT §7.5). */
  readonly recordingFields: {
    /** `channels` as a text, with the same once more as `channel`, and `duration` as a number; or the other way. */
    readonly textual: 'channels' | 'duration';
    /** `status` while its files are made. */
    readonly processing: 'stopped' | 'processing';
    /** `source` of one that an API began. */
    readonly startedByApi: 'StartConferenceRecording' | 'StartConferenceRecordingAPI';
  };
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
    recordingFields: { textual: 'channels', processing: 'stopped', startedByApi: 'StartConferenceRecording' },
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
    recordingFields: { textual: 'duration', processing: 'processing', startedByApi: 'StartConferenceRecordingAPI' },
  },
};
