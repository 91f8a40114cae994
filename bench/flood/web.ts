/** A process that takes callbacks and hands out a document, and says at which URL. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const document = '<Response><Dial><Conference beep="false" waitUrl="">documents</Conference></Dial></Response>';

process.on('disconnect', () => process.exit(0));
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    if (request.url !== '/document') response.writeHead(204).end();
    else response.writeHead(200, { 'content-type': 'application/xml' }).end(document);
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
