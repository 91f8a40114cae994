/**
 * Traffic for a picture of the dashboard: three customers of different size whose callers talk in rooms, come and go,
 * are muted and held; conferences are recorded; a receiver of callbacks that is quick, and one that refuses some.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RtpCaller } from '../../src/cli/caller/rtp-caller.js';
import { Tone } from '../../src/cli/caller/voice.js';
import { ApiClient } from '../../src/client/api-client.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { Beep, ConferenceRecord, StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';

type Customer = { readonly name: string; readonly sid: string; readonly token: string; readonly callers: number };

export const customers: readonly Customer[] = [
  ['acme', 12],
  ['globex', 6],
  ['initech', 3],
].map(([name, callers], index) => ({
  ...{ name: String(name), callers: Number(callers), token: `token-of-${name}-0123456789` },
  sid: `0000000${index + 1}-0000-4000-8000-000000000000`,
}));

/** As PARLEY_ACCOUNTS has them. */
export const configuredCustomers = (): string =>
  JSON.stringify(
    customers.map(({ sid, name, token }) => ({
      ...{ sid, name, tokens: [token], signingKeys: [`key of ${name}`] },
      // The smallest wants more than it may have.
      ...(name === 'initech' ? { participantsMax: 3 } : {}),
    })),
  );

const roomCallers = 3;

type OnLine = { readonly caller: RtpCaller; readonly callSid: string; readonly conferenceSid: string };

/** Until `isOver`. */
export async function callAndTalk(
  { grpcAddress, restAddress }: { readonly grpcAddress: string; readonly restAddress: string },
  isOver: () => boolean,
): Promise<void> {
  const receiver = createServer((request, response) => {
    request.resume();
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/document') response.setHeader('content-type', 'text/xml').end(documentFor(searchParams));
    else response.writeHead(pathname === '/acme' && Math.random() < 0.05 ? 404 : 204).end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;
  await Promise.all([
    ...customers.map((customer) => callOf(customer, grpcAddress, `http://127.0.0.1:${port}/${customer.name}`, isOver)),
    ask(restAddress, isOver),
  ]);
  receiver.closeAllConnections();
  receiver.close();
}

const documentFor = (said: URLSearchParams): string =>
  `<Response><Dial><Conference beep="false">${said.get('room')}</Conference></Dial></Response>`;

async function callOf({ name, token, callers }: Customer, address: string, url: string, isOver: () => boolean) {
  const client = new ApiClient(address, token);
  const line: OnLine[] = [];
  let dialled = 0;
  const dial = async (): Promise<void> => {
    const voice = new Tone({ hz: 250 + 35 * (dialled % 20), amplitude: 3500, rateHz: 8000 });
    const caller = await RtpCaller.open({ voice, laws: [dialled % 2 === 0 ? 'pcmu' : 'pcma'] });
    const conference = {
      ...{ roomName: `${name} ${Math.floor(dialled / roomCallers) % Math.ceil(callers / roomCallers)}` },
      ...{ beep: Beep.FALSE, statusCallback: url, record: ConferenceRecord.RECORD_FROM_START },
      statusCallbackEvent: [StatusCallbackEvent.JOIN, StatusCallbackEvent.LEAVE, StatusCallbackEvent.END],
    };
    dialled += 1;
    const query = new URLSearchParams({ room: conference.roomName });
    const documentUrl = new URL(`/document?${query}`, url).href;
    const dialing = client.call(CallService.method.dial, {
      instruction:
        name === 'globex'
          ? { case: 'documentUrl', value: { url: documentUrl } }
          : { case: 'dial', value: { conference } },
      media: { case: 'rtp', value: { sdpOffer: caller.offer() } },
    });
    // Who is not let in hangs up.
    dialing.catch(() => caller.close());
    const { callSid, conferenceSid, media } = await dialing;
    if (media.case === 'rtp') caller.start(media.value.sdpAnswer);
    line.push({ caller, callSid, conferenceSid });
  };
  while (!isOver()) {
    // Now and then one more than there is room for.
    if (line.length < callers || Math.random() < 0.2) await dial().catch(() => {});
    const [first] = line;
    if (line.length >= callers && first !== undefined) {
      const { callSid, conferenceSid } = first;
      const change = dialled % 3 === 0 ? { hold: true } : { muted: true };
      const changing = { callSid, conferenceSid, ...change };
      await client.call(ParticipantService.method.updateParticipant, changing).catch(() => {});
      await sleep(1500);
      line.shift();
      first.caller.close();
      await client
        .call(CallService.method.updateCall, { callSid, update: { case: 'hangUp', value: {} } })
        .catch(() => {});
    }
    await sleep(400);
  }
  for (const { caller } of line) caller.close();
  client.close();
}

/** Somebody polls over REST, and somebody else has a wrong token. */
async function ask(address: string, isOver: () => boolean): Promise<void> {
  const get = async (sid: string, token: string): Promise<void> => {
    const authorization = `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}`;
    const path = `/2010-04-01/Accounts/${sid}/Conferences.json?Status=in-progress`;
    await (await fetch(`http://${address}${path}`, { headers: { authorization } })).arrayBuffer();
  };
  for (let turn = 0; !isOver(); turn += 1) {
    const customer = customers[turn % customers.length];
    if (customer !== undefined) await get(customer.sid, turn % 40 === 0 ? 'wrong' : customer.token).catch(() => {});
    await sleep(300);
  }
}
