/**
 * Feeds offers gone wrong to the SDP of src/media: tools/fuzz-sdp.ts SECONDS [SEED]. Each run cuts, doubles, mixes and
 * misspells the offers of test/fuzz/corpus/sdp and takes two of the results as the first and the next offer of a call.
 * Not guided by coverage: the one maintained fuzzer for JavaScript that is, Jazzer.js, brings in its package of 4.0.0 a
 * binary for a newer libc (2.38) than Debian 12 has; its earlier ones download theirs when they are installed.
 * Prints `fuzzed sdp` when all went well; a finding is shrunk, kept in build/fuzz/findings and ends the run.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'sdp-transform';
import { assert } from '../src/base/assert.js';
import type { Random } from '../src/base/ports.js';
import type { RtpMedia } from '../src/media/engine-port.js';
import { addressFamily, isShared, isUnspecified } from '../src/media/sdp/address.js';
import { type Answered, answerAnew } from '../src/media/sdp/answer.js';
import { type LocalMedia, negotiate } from '../src/media/sdp/negotiate.js';
import { newSrtpKey, srtpSuites } from '../src/media/srtp-key.js';
import { fuzzFor } from './fuzz-for.js';

const corpus = 'test/fuzz/corpus/sdp';

/** Keys that are never the same twice, and the same in each run. */
function countingRandom(): Random {
  let count = 0;
  return {
    bytes: (length) => {
      count += 1;
      const bytes = Buffer.alloc(length);
      bytes.writeUInt32BE(count);
      return bytes;
    },
    fraction: () => 0.5,
  };
}

const words = [
  ...[
    'm=audio 1 RTP/AVP 0',
    'm=audio 65535 RTP/SAVP 8',
    'm=video 9 RTP/AVP 97',
    'UDP/TLS/RTP/SAVPF',
    'RTP/SAVPF',
    'RTP/AVPF',
  ],
  ...['c=IN IP4 0.0.0.0', 'c=IN IP6 ::', 'c=IN IP4 224.0.0.1', '192.0.2.1', '::ffff:224.0.0.1', '2001:db8::1'],
  ...['a=rtcp-mux', 'a=rtcp:0', 'a=sendonly', 'a=recvonly', 'a=inactive', 'a=rtpmap:96 L16/16000/1', 'a=ptime:60'],
  ...[
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:',
    'UNENCRYPTED_SRTP',
    'KDR=1',
    'FEC_ORDER=FEC_SRTP',
    '|2^0',
    '|1:5',
    ';inline:',
  ],
  ...[
    '\r\n',
    '\n',
    '\r',
    '\u0000',
    '\u2028',
    ' ',
    '=',
    ':',
    '/',
    '|',
    '0',
    '-1',
    '1e3',
    '65536',
    '4294967296',
    '__proto__',
    'é',
  ],
] as const;

const change = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('put' as const), at: fc.nat(), text: fc.constantFrom(...words) }),
  fc.record({ kind: fc.constant('put' as const), at: fc.nat(), text: fc.string({ unit: 'binary', maxLength: 8 }) }),
  fc.record({ kind: fc.constant('double' as const), at: fc.nat(), to: fc.nat(), count: fc.constant(1) }),
  fc.record({ kind: fc.constant('drop' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('mix' as const), at: fc.nat(), other: fc.nat() }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const seeds = readdirSync(corpus)
  .sort()
  .map((name) => readFileSync(join(corpus, name), 'utf8'));
const seedAt = (index: number): string => seeds[index % seeds.length] ?? '';

function changed(offer: string, step: Change): string {
  const at = step.at % (offer.length + 1);
  const lines = offer.split('\r\n');
  const line = step.at % lines.length;
  switch (step.kind) {
    case 'cut':
      return offer.slice(0, at) + offer.slice(at + step.count);
    case 'put':
      return offer.slice(0, at) + step.text + offer.slice(at);
    case 'double':
      return lines.toSpliced(step.to % lines.length, 0, lines[line] ?? '').join('\r\n');
    case 'drop':
      return lines.toSpliced(line, step.count).join('\r\n');
    case 'mix': {
      const others = seedAt(step.other).split('\r\n');
      return [...lines.slice(0, line), ...others.slice(step.other % others.length)].join('\r\n');
    }
  }
}

const offerText = fc
  .record({ seed: fc.nat(), changes: fc.array(change, { maxLength: 8 }) })
  .map(({ seed, changes }) => changes.reduce(changed, seedAt(seed)));

function checkMedia(media: RtpMedia, family: 4 | 6): void {
  assert(media.payloadType >= 0 && media.payloadType <= 127, 'a payload type of RTP');
  for (const remote of [media.remoteRtp, media.remoteRtcp]) {
    if (remote === null) continue;
    assert(addressFamily(remote.host) === family, 'a literal address of the family that Parley has');
    assert(!isShared(remote.host) && !isUnspecified(remote.host), 'an address of one host');
    assert(Number.isInteger(remote.port) && remote.port >= 1 && remote.port <= 65_535, 'a port');
  }
}

const offersSecure = (offer: string): boolean => /^m=audio +(?!0[ /])\d+(?:\/\d+)? +\S*SAVP/m.test(offer);

/** An offer of a call under way, or the first; what must be true of whatever comes back. */
function take(offer: string, local: LocalMedia, family: 4 | 6, last: Taken | null): Taken | null {
  const result = negotiate(offer, local, last?.media ?? null);
  if (!result.ok) {
    assert(result.error.field !== '' && result.error.rule !== '', 'a refusal says what and why');
    return last;
  }
  const { media, answer } = result.value;
  checkMedia(media, family);
  if (offersSecure(offer) || last?.media.security.kind === 'srtp') {
    assert(media.security.kind === 'srtp', 'secure media is never made plain');
  }
  assert(last === null || last.media.rtcpMux === media.rtcpMux, 'the sockets of a call stay');
  const session = { port: 30_000, sessionId: '1', sessionVersion: 1 };
  const answered = last === null ? { session, text: answer(session) } : answerAnew(answer, last.answered);
  checkAnswer(answered.text, offer, media);
  const again = answerAnew(answer, answered);
  assert(again.text === answered.text, 'what says the same has the same version');
  return { media, answered };
}
type Taken = { readonly media: RtpMedia; readonly answered: Answered };

function checkAnswer(text: string, offer: string, media: RtpMedia): void {
  assert(/^(?:[a-z]=[^\r\n]*\r\n)+$/.test(text), 'an answer is lines of SDP');
  const sections = parse(text).media;
  const offered = offer.split(/\r\n|\n/).filter((line) => line.startsWith('m='));
  assert(sections.length === offered.length, 'an answer has the lines of the offer');
  const taken = sections.filter(({ port }) => port !== 0);
  assert(taken.length === 1 && taken[0]?.port === 30_000, 'one line is taken up');
  const keys = text.match(/^a=crypto:/gm)?.length ?? 0;
  assert(keys === (media.security.kind === 'srtp' ? 1 : 0), 'an answer has a key when packets are secured');
}

const random = countingRandom();
const property = fc.property(
  offerText,
  offerText,
  fc.constantFrom<4 | 6>(4, 4, 4, 6),
  fc.constantFrom<'plain' | 'srtp'>('plain', 'srtp'),
  (first, second, family, opportunistic) => {
    const host = family === 4 ? '198.51.100.7' : '2001:db8::7';
    const security = { suites: srtpSuites, opportunistic };
    const local: LocalMedia = { host, jitterMs: 40, security, newKey: newSrtpKey(random) };
    take(second, local, family, take(first, local, family, null));
  },
);
fuzzFor('sdp', 'calls', property);
