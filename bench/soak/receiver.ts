/** A process that takes callbacks in the mood it was told to be in, says at which URL, and counts what it was sent. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Takes all; answers 500; answers after seconds; cuts connections. */
export const moods = ['well', 'failing', 'slow', 'cutting'] as const;
export type Mood = (typeof moods)[number];

const slowMs = 4000;
let mood: Mood = 'well';
const counts: Record<Mood, number> = { well: 0, failing: 0, slow: 0, cutting: 0 };

process.on('disconnect', () => process.exit(0));
process.on('message', (order: Mood | 'how many?') => {
  if (order === 'how many?') process.send?.(counts);
  else mood = order;
});
const server = createServer((request, response) => {
  request.resume();
  request.on('error', () => {});
  request.on('end', () => {
    counts[mood] += 1;
    if (mood === 'cutting') request.socket.resetAndDestroy();
    else setTimeout(() => response.writeHead(mood === 'failing' ? 500 : 204).end(), mood === 'slow' ? slowMs : 0);
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/status`);
