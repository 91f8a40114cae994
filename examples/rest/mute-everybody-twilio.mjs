// Mutes everybody in a room, by Twilio's client:
//   REST_URL=http://127.0.0.1:7302 ACCOUNT=AC… TOKEN=… node mute-everybody-twilio.mjs 'Room 1234'
import twilio from 'twilio';

const { REST_URL, ACCOUNT, TOKEN } = process.env;
const [room] = process.argv.slice(2);

const client = twilio(ACCOUNT, TOKEN);
client.api.baseUrl = REST_URL;

const [conference] = await client.conferences.list({ friendlyName: room, status: 'in-progress', limit: 1 });
const { participants } = client.conferences(conference.sid);
for (const { callSid } of await participants.list({ muted: false })) {
  await participants(callSid).update({ muted: true });
  console.log(`muted ${callSid}`);
}
