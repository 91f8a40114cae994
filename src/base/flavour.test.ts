import { describe, expect, it } from 'vitest';
import { type Flavour, flavours } from './flavour.js';

/** CONTRACT §13: the vendors part at nine places; each is one switch, and both have an answer to it. */
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
};

describe('flavours', () => {
  it('are nine switches', () => {
    expect(Object.keys(switches)).toHaveLength(9);
  });

  it.each(Object.entries(switches))('%s', (name, answers) => {
    const key = name as keyof typeof switches;
    expect({ signalwire: flavours.signalwire[key], twilio: flavours.twilio[key] }).toEqual(answers);
  });
});
