/** The little SDP a telephone needs (RFC 4566): one audio line, static payload types. */
import { type G711Law, payloadTypes } from '../../client/g711.js';

export type MediaAddress = { readonly host: string; readonly port: number };

/** `laws` in order of preference. */
export function sdpOffer(local: MediaAddress, laws: readonly G711Law[]): string {
  const types = laws.map((law) => payloadTypes[law]);
  return [
    'v=0',
    `o=caller 1 1 IN IP4 ${local.host}`,
    's=-',
    `c=IN IP4 ${local.host}`,
    't=0 0',
    `m=audio ${local.port} RTP/AVP ${types.join(' ')} 101`,
    ...laws.map((law) => `a=rtpmap:${payloadTypes[law]} ${law.toUpperCase()}/8000`),
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=ptime:20',
    'a=sendrecv',
    '',
  ].join('\r\n');
}

/** Where to send, and in which law; throws when the answer has no audio for us: there is no call then. */
export function readSdpAnswer(sdp: string): { readonly remote: MediaAddress; readonly law: G711Law } {
  const host = /^c=IN IP[46] (\S+)/m.exec(sdp)?.[1];
  const [, port, payloadType] = /^m=audio (\d+) RTP\/AVP (\d+)/m.exec(sdp) ?? [];
  const law = Number(payloadType) === payloadTypes.pcmu ? 'pcmu' : 'pcma';
  if (
    host === undefined ||
    port === undefined ||
    payloadType === undefined ||
    payloadTypes[law] !== Number(payloadType)
  ) {
    throw new Error(`no audio in this answer:\n${sdp}`);
  }
  return { remote: { host, port: Number(port) }, law };
}
