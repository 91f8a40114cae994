/** A bot in ten lines: says back whatever is said in a room, and is silent as soon as somebody speaks. */
import { Parley } from '@parley/client';

const [address = '127.0.0.1:7300', room = 'Room 1234'] = process.argv.slice(2);
await using parley = await Parley.connect({ address });
await using call = await parley.join({ room, label: 'bot' });
console.log(`in ${room}`);
for await (const turn of call.turns()) {
  const { interrupted, playedMs } = await call.play(turn, { bargeIn: true });
  console.log(`${interrupted ? 'interrupted after' : 'said all of'} ${playedMs} ms`);
}
