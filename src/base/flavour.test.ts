import { describe, expect, it } from 'vitest';
import { type Flavour, flavours } from './flavour.js';

/** CONTRACT §13: the vendors part at nine places, and in the fields of §7.5; each is one switch with two answers. */
const switches: Record<Exclude<keyof Flavour, 'name'>, { readonly signalwire: unknown; readonly twilio: unknown }> = {
  sidStyle: { signalwire: 'uuid', twilio: 'prefixed' },
  uriPrefix: { signalwire: '/api/laml', twilio: '' },
  waitDocumentEnd: { signalwire: 'fetched-again', twilio: 'silence' },
  dialCallDuration: { signalwire: true, twilio: false },
  recordingStatusCallbackEvents: { signalwire: ['completed', 'failed', 'absent'], twilio: ['completed'] },
  participantStatus: {
    signalwire: { in: 'in-progress', left: 'completed' },
    twilio: { in: 'connected', left: 'complete' },
  },
  actionAfterHangUp: { signalwire: false, twilio: false },
  statusCallbackExtras: { signalwire: true, twilio: false },
  eventCallback: { signalwire: 'always', twilio: 'recorded-and-untold' },
  recordingFields: {
    signalwire: { textual: 'channels', processing: 'stopped', startedByApi: 'StartConferenceRecording' },
    twilio: { textual: 'duration', processing: 'processing', startedByApi: 'StartConferenceRecordingAPI' },
  },
};

describe('flavours', () => {
  it('are nine switches and one', () => {
    expect(Object.keys(switches)).toHaveLength(9 + 1);
  });

  it.each(Object.entries(switches))('%s', (name, answers) => {
    const key = name as keyof typeof switches;
    expect({ signalwire: flavours.signalwire[key], twilio: flavours.twilio[key] }).toEqual(answers);
  });
});
