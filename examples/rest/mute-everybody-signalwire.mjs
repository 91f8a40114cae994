// Mutes everybody in a room, by SignalWire's client, which speaks https alone:
//   REST_HOST=parley.example ACCOUNT=… TOKEN=… node mute-everybody-signalwire.mjs 'Room 1234'
import { createRequire } from 'node:module';

const { RestClient } = createRequire(import.meta.url)('@signalwire/compatibility-api');
const { REST_HOST, ACCOUNT, TOKEN } = process.env;
const [room] = process.argv.slice(2);

const client = RestClient(ACCOUNT, TOKEN, { signalwireSpaceUrl: REST_HOST });

const [conference] = await client.conferences.list({ friendlyName: room, status: 'in-progress', limit: 1 });
const { participants } = client.conferences(conference.sid);
for (const { callSid } of await participants.list({ muted: false })) {
  await participants(callSid).update({ muted: true });
  console.log(`muted ${callSid}`);
}
