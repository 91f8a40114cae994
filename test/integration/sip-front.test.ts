/** The SIP front of the examples as a telephone meets it, over UDP, with doubles of the calls behind it. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Dialled, SipFront } from '../../examples/sip-front/sip-front.js';
import { headerOf, headersOf, readMessage } from '../../examples/sip-front/sip-message.js';
import { until } from '../support/waiting.js';

let telephone: Socket;
let front: SipFront;
let heard: string[];
/** What was asked of the other side. */
let asked: string[];
let dialling: Promise<Dialled>;

beforeEach(async () => {
  [heard, asked] = [[], []];
  dialling = Promise.resolve({ callSid: 'c1', answer: 'v=0\r\nanswer' });
  telephone = createSocket('udp4').bind(0, '127.0.0.1');
  await once(telephone, 'listening');
  telephone.on('message', (datagram) => heard.push(datagram.toString()));
  front = await SipFront.open('127.0.0.1', 0, {
    dial: ({ user, from, offer }) => {
      asked.push(`dial ${user} from ${from}: ${offer}`);
      return dialling;
    },
    reoffer: async (callSid, offer) => {
      asked.push(`reoffer ${callSid}: ${offer}`);
      return 'v=0\r\nanother';
    },
    hangUp: async (callSid) => void asked.push(`hangUp ${callSid}`),
    established: (callSid) => void asked.push(`established ${callSid}`),
    refusal: () => '486 Busy Here',
  });
});
afterEach(() => {
  front.close();
  telephone.close();
});

type Asked = { readonly sequence?: number; readonly body?: string; readonly to?: string; readonly routed?: boolean };

function send(method: string, { sequence = 1, body = '', to = '', routed = false }: Asked = {}): void {
  const { port } = telephone.address();
  const text = [
    `${method} sip:Room%201@${front.address} SIP/2.0`,
    `v: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK1;rport`,
    ...(routed ? ['Record-Route: <sip:10.0.0.1;lr>', 'Record-Route: <sip:10.0.0.2;lr>'] : []),
    'From: "Ann" <sip:ann@example.org>;tag=a',
    `To: <sip:Room%201@${front.address}>${to}`,
    'Contact: <sip:ann@192.0.2.7:5062>',
    'i: call-1',
    `CSeq: ${sequence} ${method}`,
    `l: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
  const [host, frontPort] = front.address.split(':');
  telephone.send(text, Number(frontPort), host);
}

async function next(start: string, after = 0): Promise<string> {
  const find = () => heard.slice(after).find((text) => text.startsWith(start));
  await until(() => find() !== undefined);
  return find() ?? '';
}
const tagOf = (text: string): string => /^To: .*(;tag=[0-9a-f]+)$/m.exec(text)?.[1] ?? '';

describe('SipFront', () => {
  it('answers an INVITE with what its dial came to, the same when it is asked again', async () => {
    send('INVITE', { body: 'v=0\r\noffer', routed: true });
    const answer = await next('SIP/2.0 200');
    expect(answer).toContain('\r\n\r\nv=0\r\nanswer');
    expect(heard[0]).toMatch(/^SIP\/2\.0 100/);
    expect(answer).toContain(`;received=127.0.0.1;rport=${telephone.address().port}`);
    const message = readMessage(answer);
    expect(headersOf(message?.headers ?? [], 'record-route')).toEqual(['<sip:10.0.0.1;lr>', '<sip:10.0.0.2;lr>']);
    expect(headerOf(message?.headers ?? [], 'contact')).toBe(`<sip:${front.address}>`);
    const before = heard.length;
    send('INVITE', { body: 'v=0\r\noffer', routed: true });
    expect(await next('SIP/2.0 200', before)).toBe(answer);
    expect(asked).toEqual(['dial Room 1 from ann: v=0\r\noffer']);
  });

  it('follows a call: acknowledged, offered anew, ended by the telephone', async () => {
    send('INVITE', { body: 'v=0' });
    const to = tagOf(await next('SIP/2.0 200'));
    send('ACK', { to });
    send('INVITE', { sequence: 2, body: 'v=0\r\nhold', to });
    await until(() => heard.some((text) => text.endsWith('another')));
    send('BYE', { sequence: 3, to });
    await until(() => heard.some((text) => text.includes('3 BYE')));
    expect(asked.slice(1)).toEqual(['established c1', 'reoffer c1: v=0\r\nhold', 'hangUp c1']);
    send('BYE', { sequence: 4, to });
    expect(await next('SIP/2.0 481')).toContain('4 BYE');
  });

  it('takes back a call that its caller did not wait for', async () => {
    let answer: (dialled: Dialled) => void = () => undefined;
    dialling = new Promise((resolve) => {
      answer = resolve;
    });
    send('INVITE', { body: 'v=0' });
    await next('SIP/2.0 100');
    send('CANCEL');
    await next('SIP/2.0 200');
    answer({ callSid: 'c2', answer: 'v=0' });
    expect(await next('SIP/2.0 487')).toContain('1 INVITE');
    expect(asked.at(-1)).toBe('hangUp c2');
  });

  it('tells a telephone that its call is over, by the way the call came', async () => {
    send('INVITE', { body: 'v=0', routed: true });
    send('ACK', { to: tagOf(await next('SIP/2.0 200')) });
    await until(() => asked.includes('established c1'));
    const over = front.over('c1');
    const bye = await next('BYE sip:ann@192.0.2.7:5062 SIP/2.0');
    const { headers } = readMessage(bye) ?? { headers: [] };
    expect(headersOf(headers, 'route')).toEqual(['<sip:10.0.0.1;lr>', '<sip:10.0.0.2;lr>']);
    expect(headerOf(headers, 'to')).toBe('"Ann" <sip:ann@example.org>;tag=a');
    const [host, port] = front.address.split(':');
    telephone.send(bye.replace(/^BYE .*/, 'SIP/2.0 200 OK'), Number(port), host);
    expect(await over).toBe(true);
    expect(await front.over('c1')).toBe(false);
  });

  it('says why a call is refused, and answers what it does not do', async () => {
    dialling = Promise.reject(new Error('the room is "full"'));
    dialling.catch(() => undefined);
    send('INVITE', { body: 'v=0' });
    expect(await next('SIP/2.0 486')).toContain('Warning: 399 parley "Error: the room is  full "');
    send('OPTIONS', { sequence: 2 });
    await next('SIP/2.0 200');
    send('INFO', { sequence: 3 });
    await next('SIP/2.0 405');
    expect(readMessage('\r\n\r\n')).toBeNull();
    expect(readMessage('INVITE sip:a@b SIP/2.0\r\n\r\n')).toBeNull();
  });
});
