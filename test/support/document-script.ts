/** Calls that run documents, over a whole Parley with doubles of the world. */

import type { DocumentDial, MediaOffer } from '../../src/app/application.js';
import type { ConferenceSid } from '../../src/base/brands.js';
import { callSidOf, join, nameOf, roomNamed } from './callers.js';
import { handedOverOf } from './documents.js';
import { anyConference, firstPage, listedIn } from './lists.js';
import { accountSid, parleyOf, sdpOffer, value } from './parley-script.js';

export const app = 'https://app.example';
const grpc: MediaOffer = { kind: 'grpc', codec: 'linear16', rateHz: 16_000 };
export const rtp: MediaOffer = { kind: 'rtp', sdpOffer };
export const conference = (room: string, attributes = '', dial = ''): string =>
  `<Dial ${dial}><Conference ${attributes}>${room}</Conference></Dial>`;
export const withAction = conference('Room 1234', '', `action="${app}/done"`);

/** Everything that was to happen at once has happened. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

export function documentScript(...world: Parameters<typeof parleyOf>) {
  const script = parleyOf(...world);
  const { parley, documents, store } = script;
  const request = (name: string, start: DocumentDial['start'], changes: Partial<DocumentDial> = {}): DocumentDial => ({
    accountSid,
    callSid: callSidOf(name),
    call: join(name).call,
    media: grpc,
    fallback: null,
    start,
    ...changes,
  });
  const run = (name: string, verbs: string, changes: Partial<DocumentDial> = {}) =>
    parley.dialDocument(request(name, handedOverOf(`<Response>${verbs}</Response>`), changes));
  const fetchAndRun = (name: string, url: string, changes: Partial<DocumentDial> = {}) =>
    parley.dialDocument(request(name, { url, method: 'POST' }, changes));
  /** The rooms that are live, and who is in them. */
  const rooms = async (): Promise<Readonly<Record<string, string>>> => {
    const live = (await listedIn(store, accountSid)).flatMap((view) => (view.phase === 'completed' ? [] : [view]));
    return Object.fromEntries(
      live.map(({ room, participants }) => [room, [...participants.keys()].map(nameOf).join('')]),
    );
  };
  const sidOf = async (room: string): Promise<ConferenceSid> => {
    const filter = { ...anyConference, room: roomNamed(room) };
    const [view] = (await parley.conferences(accountSid, filter, firstPage)).items;
    if (view === undefined) throw new Error(`no conference ${room}`);
    return view.conferenceSid;
  };
  const remove = async (name: string, room = 'Room 1234'): Promise<void> => {
    value(await parley.removeParticipant(accountSid, await sidOf(room), callSidOf(name)));
    await settled();
  };
  const statusOf = (name: string): string => value(parley.call(accountSid, callSidOf(name))).status;
  const eventsOf = async (): Promise<readonly string[]> =>
    (await store.journal(accountSid, 0n, 1000)).entries.map(({ event }) => event.kind);
  const asked = (): readonly string[] =>
    documents.asked.map(({ method, url, parameters }) =>
      [method, url, parameters.DialCallStatus, parameters.DialCallDuration]
        .filter((word) => word !== undefined)
        .join(' '),
    );
  return { ...script, request, run, fetchAndRun, rooms, sidOf, remove, statusOf, eventsOf, asked };
}
