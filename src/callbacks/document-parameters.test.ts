import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, join } from '../../test/support/callers.js';
import { flavours } from '../base/flavour.js';
import { type DocumentContext, documentParameters } from './document-parameters.js';

const parametersOf = (changes: Partial<DocumentContext>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    documentParameters({
      accountSid: accountSidOf('acc'),
      callSid: callSidOf('A'),
      call: join('A').call,
      callStatus: 'in-progress',
      flavour: flavours.signalwire,
      dial: null,
      failure: null,
      ...changes,
    }),
  );

const standard = {
  AccountSid: accountSidOf('acc'),
  ApiVersion: '2010-04-01',
  CallSid: callSidOf('A'),
  CallStatus: 'in-progress',
  Called: '+15550100099',
  Caller: '+15550100001',
  Direction: 'inbound',
  From: '+15550100001',
  To: '+15550100099',
};

describe('a request for a document', () => {
  it('carries the standard parameters and no others', () => {
    expect(parametersOf({})).toEqual(standard);
    expect(Object.keys(parametersOf({}))).toEqual(Object.keys(standard));
  });

  it('tells an action how the dial went', () => {
    expect(parametersOf({ dial: { status: 'answered', seconds: 94 } })).toEqual({
      ...standard,
      DialCallStatus: 'answered',
      DialCallDuration: '94',
    });
    expect(parametersOf({ dial: { status: 'failed', seconds: 0 } })).toMatchObject({ DialCallStatus: 'failed' });
  });

  it('in the Twilio flavour says no duration, and spells sids its way', () => {
    const told = parametersOf({ flavour: flavours.twilio, dial: { status: 'answered', seconds: 94 } });
    expect(told).toMatchObject({ DialCallStatus: 'answered', CallSid: `CA${callSidOf('A').replaceAll('-', '')}` });
    expect(told).not.toHaveProperty('DialCallDuration');
  });

  it('tells a fallback what failed', () => {
    expect(parametersOf({ failure: { code: 11_217, url: 'https://app.example/' } })).toEqual({
      ...standard,
      ErrorCode: '11217',
      ErrorUrl: 'https://app.example/',
    });
  });
});
