/** The session descriptions of the load's telephones (RFC 4566, RFC 4568). */
import { randomBytes } from 'node:crypto';
import type { Coding } from './shapes.js';

/** Bytes of master key and salt, by the names of SDES. */
export const suites = {
  AEAD_AES_128_GCM: 28,
  AEAD_AES_256_GCM: 44,
  AES_CM_128_HMAC_SHA1_80: 30,
} as const;
export type Suite = keyof typeof suites;
export const suiteNames = Object.keys(suites) as readonly Suite[];

export type Offer = { readonly sdp: string; readonly key: Buffer | null };
export type Answer = { readonly host: string; readonly port: number; readonly key: Buffer | null };

const rtpmaps = { pcmu: '0 PCMU/8000', opus: '111 opus/48000/2' } as const;
export const payloadTypes = { pcmu: 0, opus: 111 } as const;

export function makeOffer(host: string, port: number, coding: Coding, suite: Suite | null): Offer {
  const key = suite === null ? null : randomBytes(suites[suite]);
  const sdp = [
    'v=0',
    `o=load 1 1 IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${port} ${key === null ? 'RTP/AVP' : 'RTP/SAVP'} ${payloadTypes[coding]}`,
    `a=rtpmap:${rtpmaps[coding]}`,
    'a=rtcp-mux',
    'a=ptime:20',
    ...(key === null ? [] : [`a=crypto:1 ${suite} inline:${key.toString('base64')}`]),
    '',
  ].join('\r\n');
  return { sdp, key };
}

/** Throws when the answer is no answer to such an offer: there is no call then. */
export function readAnswer(sdp: string, coding: Coding, suite: Suite | null): Answer {
  const host = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1];
  const [, port, payloadType] = /^m=audio (\d+) RTP\/S?AVP (\d+)/m.exec(sdp) ?? [];
  const [, answered, inline] = /^a=crypto:1 (\S+) inline:([^|\s]+)/m.exec(sdp) ?? [];
  if (host === undefined || Number(payloadType) !== payloadTypes[coding] || (answered ?? null) !== suite) {
    throw new Error(`not the audio that was asked for:\n${sdp}`);
  }
  return { host, port: Number(port), key: inline === undefined ? null : Buffer.from(inline, 'base64') };
}
