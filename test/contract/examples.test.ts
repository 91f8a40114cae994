/** The documents of examples/ are read as those that the builders of both vendors make for the same wishes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builders, parsedOf, type ResponseBuilder, type Written } from '../support/documents.js';

const dialling =
  (name: string, conference: Written, dial: Written = {}) =>
  (response: ResponseBuilder): void =>
    response.dial(dial).conference(conference, name);

const wishes: Readonly<Record<string, (response: ResponseBuilder) => void>> = {
  simple: dialling('Weekly call', {}),
  attendee: dialling('Town hall', { startConferenceOnEnter: false, waitUrl: '' }),
  moderator: dialling('Town hall', { startConferenceOnEnter: true, endConferenceOnExit: true, waitUrl: '' }),
  told: dialling('Support desk', {
    statusCallback: '/status',
    statusCallbackEvent: 'start end join leave mute hold',
  }),
  monitor: dialling('Weekly call', { muted: true, beep: false, startConferenceOnEnter: false }),
  bridge: dialling(
    'Ticket 4711',
    { beep: false, waitUrl: '', endConferenceOnExit: true, maxParticipants: 2 },
    { action: '/bridged', hangupOnStar: true },
  ),
  bridged: (response) => response.hangup(),
};

describe.each(Object.entries(builders))('examples as %s builds them', (_, build) => {
  it.each(Object.keys(wishes))('%s', (name) => {
    const response = build();
    wishes[name]?.(response);
    const { document, findings } = parsedOf(response.toString());
    expect(findings).toEqual([]);
    expect(document).toEqual(parsedOf(readFileSync(`examples/${name}.xml`, 'utf8')).document);
  });
});
