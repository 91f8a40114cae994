/** What docs/attributes.md says of each attribute beside what its table says; one without a text does not compile. */
import type { conferenceAttributes } from '../../src/cxml/conference-attributes.js';
import type { dialAttributes } from '../../src/cxml/dial-attributes.js';
import type {
  pauseAttributes,
  playAttributes,
  redirectAttributes,
  sayAttributes,
} from '../../src/cxml/verb-attributes.js';

export type AttributeText = {
  readonly means: string;
  /** Where no value says the same as leaving it out. */
  readonly byDefault?: string;
  /** Section of the contract that the rule is from. */
  readonly section: string;
};

type TextsOf<T> = { readonly [N in keyof T]: AttributeText };

const recordingEvents: AttributeText = {
  means: 'what of that recording is told',
  byDefault: 'by [flavour](configuration.md#flavours)',
  section: '4.1',
};

export const conferenceTexts: TextsOf<typeof conferenceAttributes> = {
  muted: { means: 'joins unheard', section: '1.2, 8.6' },
  beep: { means: 'whether its own coming and going is [marked](conference.md#beeps-85)', section: '1.2, 8.5' },
  startConferenceOnEnter: { means: 'whether its presence lets the conference start', section: '1.2, 8.1' },
  endConferenceOnExit: { means: 'whether its leaving, by any cause, ends the conference', section: '1.2, 8.1' },
  waitUrl: {
    means: 'audio or a [document](documents.md) that it hears until the start; empty: silence',
    byDefault: 'the house music',
    section: '1.2, 5',
  },
  waitMethod: { means: 'how `waitUrl` is asked', section: '1.2, 5' },
  maxParticipants: { means: 'how many may be in', byDefault: '`250`', section: '1.2, 8.4' },
  record: {
    means: 'whether the [room is recorded](recording-life.md)',
    byDefault: '`do-not-record`',
    section: '1.2, 8.7',
  },
  trim: {
    means: 'whether silence at both ends of that recording is cut',
    byDefault: '`trim-silence`',
    section: '1.2, 8.7',
  },
  coach: {
    means: 'it hears everybody and is heard by this call alone, which must be in the same, started conference',
    byDefault: 'nobody',
    section: '1.2, 8.3',
  },
  statusCallback: { means: 'told of the [events](callbacks.md) listed', byDefault: 'none', section: '1.2, 3' },
  statusCallbackEvent: { means: 'what `statusCallback` is told', byDefault: 'none', section: '1.2, 3.1' },
  statusCallbackMethod: { means: 'how it is told', section: '1.2, 3' },
  recordingStatusCallback: { means: 'told of the recording', byDefault: 'none', section: '1.2, 4' },
  recordingStatusCallbackMethod: { means: 'how it is told', section: '1.2, 4' },
  recordingStatusCallbackEvent: recordingEvents,
  eventCallbackUrl: { means: 'told once, when the conference has ended', byDefault: 'none', section: '1.2, 3.4' },
  region: { means: 'kept and shown as given; no effect', byDefault: 'none', section: '1.2' },
  participantLabel: { means: 'second name of the call in its conference', byDefault: 'none', section: '1.2' },
  jitterBufferSize: {
    means: 'how much jitter of the network is [smoothed](playout.md); `off` adds no delay and drops what is late',
    byDefault: 'as configured: `jitterMs`',
    section: '1.2',
  },
};

export const dialTexts: TextsOf<typeof dialAttributes> = {
  action: {
    means: 'asked for the next document once the call has left its room, or could not join, and is still up',
    byDefault: 'the next verb is run',
    section: '2.1 to 2.3',
  },
  method: { means: 'how `action` is asked', section: '2.1' },
  hangupOnStar: { means: 'the key `*` takes the call out of the room', section: '2.1, 8.8' },
  timeLimit: { means: 'seconds after which the call is taken out of the room', section: '2.1' },
  record: {
    means: 'a recording of this call alone, beside the one of the room; `-dual`: its two directions as two channels',
    section: '2.1',
  },
  trim: { means: 'whether silence at both ends of that recording is cut', section: '2.1' },
  recordingTrack: { means: 'which directions that recording holds', section: '2.1' },
  recordingStatusCallback: { means: 'told of that recording', byDefault: 'none', section: '2.1, 4' },
  recordingStatusCallbackMethod: { means: 'how it is told', section: '2.1, 4' },
  recordingStatusCallbackEvent: recordingEvents,
  recordingStorageUrl: {
    means: 'where that recording were to be sent: warned about, no effect ([why](recording-storage.md))',
    byDefault: 'none',
    section: '2.1',
  },
  recordingStorageUrlMethod: { means: 'as `recordingStorageUrl`', section: '2.1' },
};

export const playTexts: TextsOf<typeof playAttributes> = {
  loop: { means: 'how often; `0`: without end', section: '5' },
};

export const sayTexts: TextsOf<typeof sayAttributes> = {
  voice: { means: 'who speaks, of the [voices](sounds.md) installed', byDefault: 'a woman’s', section: '5' },
  language: { means: 'language of the text, as `en-GB`', byDefault: 'English', section: '5' },
  loop: { means: 'how often; `0`: without end', section: '5' },
};

export const pauseTexts: TextsOf<typeof pauseAttributes> = { length: { means: 'seconds', section: '5' } };

export const redirectTexts: TextsOf<typeof redirectAttributes> = {
  method: { means: 'how the next document is asked for', section: '5' },
};
