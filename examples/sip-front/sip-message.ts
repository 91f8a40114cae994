/** Messages of SIP (RFC 3261 §7) as datagrams: read by a total function, and responses to them written. */

export type Headers = readonly (readonly [name: string, value: string])[];
export type SipRequest = {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly headers: Headers;
  readonly body: string;
};
export type SipResponse = { readonly kind: 'response'; readonly status: number; readonly headers: Headers };

/** RFC 3261 §7.3.3. */
const longNames: Readonly<Record<string, string>> = {
  c: 'content-type',
  f: 'from',
  i: 'call-id',
  l: 'content-length',
  m: 'contact',
  t: 'to',
  v: 'via',
};

/** Null for what is neither: the blank lines that keep a mapping alive, and noise. */
export function readMessage(text: string): SipRequest | SipResponse | null {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = lines.flatMap((line): Headers => {
    const colon = line.indexOf(':');
    if (colon < 1) return [];
    const name = line.slice(0, colon).trim().toLowerCase();
    return [[longNames[name] ?? name, line.slice(colon + 1).trim()]];
  });
  if (headerOf(headers, 'call-id') === '' || headerOf(headers, 'cseq') === '') return null;
  const [, status] = /^SIP\/2\.0 (\d{3}) /.exec(`${first} `) ?? [];
  if (status !== undefined) return { kind: 'response', status: Number(status), headers };
  const [, method, uri] = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(first) ?? [];
  if (method === undefined || uri === undefined) return null;
  return { kind: 'request', method, uri, headers, body: rest.join('\r\n\r\n') };
}

export const headersOf = (headers: Headers, name: string): readonly string[] =>
  headers.flatMap(([known, value]) => (known === name ? [value] : []));

/** The first of that name, or nothing. */
export const headerOf = (headers: Headers, name: string): string => headersOf(headers, name)[0] ?? '';

/** What the user part of a URI says; nothing where it has none or says it wrongly. */
export function userOf(uri: string): string {
  const [, user = ''] = /^sips?:([^@;]*)@/.exec(uri) ?? [];
  try {
    return decodeURIComponent(user);
  } catch {
    return '';
  }
}

/** The URI in a `From`, `To` or `Contact`, with or without a name and angle brackets. */
export const uriOf = (header: string): string => /<([^>]*)>/.exec(header)?.[1] ?? header.split(';')[0]?.trim() ?? '';

export type Peer = { readonly address: string; readonly port: number };

/** Where the response to a request goes (RFC 3261 §18.2.2, RFC 3581 §4). */
export function responsePeer({ headers }: SipRequest, from: Peer): Peer {
  const via = headerOf(headers, 'via').split(',')[0] ?? '';
  if (/;\s*rport\b/i.test(via)) return from;
  const [, port = '5060'] = /^SIP\/2\.0\/UDP\s+(?:\[[^\]]*\]|[^\s;:]+)(?::(\d+))?/i.exec(via) ?? [];
  return { address: from.address, port: Number(port) };
}

export type ResponseParts = {
  /** Code and words. */
  readonly status: string;
  /** Of this end of the call. */
  readonly tag: string;
  readonly from: Peer;
  readonly more?: readonly string[];
  readonly sdp?: string;
};

/** What a request says is repeated (RFC 3261 §8.2.6); a proxy that wants to stay in the call is named again. */
export function response({ headers }: SipRequest, { status, tag, from, more = [], sdp = '' }: ResponseParts): string {
  const [top = '', ...vias] = headersOf(headers, 'via');
  const to = headerOf(headers, 'to');
  return [
    `SIP/2.0 ${status}`,
    `Via: ${top.replace(/;\s*rport\b(?!=)/i, `;received=${from.address};rport=${from.port}`)}`,
    ...vias.map((via) => `Via: ${via}`),
    ...headersOf(headers, 'record-route').map((route) => `Record-Route: ${route}`),
    `From: ${headerOf(headers, 'from')}`,
    `To: ${/;\s*tag=/.test(to) ? to : `${to};tag=${tag}`}`,
    `Call-ID: ${headerOf(headers, 'call-id')}`,
    `CSeq: ${headerOf(headers, 'cseq')}`,
    ...more,
    ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(sdp)}`,
    '',
    sdp,
  ].join('\r\n');
}
