/** Records about a leg's media: coding, sockets and the random beginnings of its RTP stream (RFC 3550 §5.1, §6.5.1). */
import { assert } from '../../base/assert.js';
import type { Random } from '../../base/ports.js';
import { codecs, digitsPerCommandMax, directions, none, transports } from '../../media/engine-layout.js';
import type { Alternative, LegMedia, OpusSending } from '../../media/engine-port.js';
import { addressBytes } from './addresses.js';
import type { FieldValue } from './layout-access.js';
import type { RtpSocketPair } from './rtp-sockets.js';

/** Where a leg's frames come from: sockets or a lane, one of the two. */
export type LegPlace = { readonly sockets: RtpSocketPair | null; readonly laneSlot: { readonly slot: number } | null };

const notNegotiated = 255;
const framePtimeMs = 20;

/** Half the work of the best; the difference is heard by few. */
const opusComplexity = 5;

/** Of open_leg and update_leg. `srtpSession`: 0 when packets are plain. */
export function legMediaFields(
  media: LegMedia,
  place: LegPlace,
  srtpSession: number,
  { random, relatchMs }: { readonly random: Random; readonly relatchMs: number },
): Readonly<Record<string, FieldValue>> {
  const word = (): number => new DataView(Uint8Array.from(random.bytes(4)).buffer).getUint32(0);
  const stream = {
    ssrc: word(),
    // In the lower half: the peer of a secured leg must know how often it has wrapped, also when the first are lost.
    first_sequence: word() & 0x7fff,
    first_timestamp: word(),
    cname_high: word(),
    cname_low: word(),
  };
  const coding = { codec: codecs[media.codec], rate_hz: media.rateHz, jitter_ms: media.jitterMs };
  const lasting = { ...coding, ...stream, relatch_ms: relatchMs };
  if (media.transport === 'lane') {
    assert(place.laneSlot !== null, 'a leg of frames has a lane');
    return {
      ...lasting,
      ...remoteFields(null, 0),
      ...alternativeFields([]),
      ...opusFields(null),
      transport: transports.lane,
      channels: 1,
      ptime_ms: framePtimeMs,
      payload_type: 0,
      telephone_event_payload_type: notNegotiated,
      redundancy_payload_type: notNegotiated,
      comfort_noise_payload_type: notNegotiated,
      client_level_id: 0,
      mixer_levels_id: 0,
      rtp_fd: -1,
      rtcp_fd: -1,
      lane: place.laneSlot.slot,
      direction: directions.sendrecv,
      parked: 0,
      telephone_event_clock_hz: 0,
      srtp_session: 0,
    };
  }
  assert(place.sockets !== null, 'an RTP leg has sockets');
  const rtp = media.remoteRtp;
  const rtcpPort = media.rtcpMux ? rtp?.port : (media.remoteRtcp?.port ?? (rtp === null ? 0 : rtp.port + 1));
  return {
    ...lasting,
    ...remoteFields(rtp, rtcpPort ?? 0),
    ...alternativeFields(media.alternatives),
    ...opusFields(media.opus),
    transport: transports.rtp,
    channels: media.channels,
    ptime_ms: media.ptimeMs,
    payload_type: media.payloadType,
    telephone_event_payload_type: media.telephoneEvents?.payloadType ?? notNegotiated,
    telephone_event_clock_hz: media.telephoneEvents?.clockRateHz === 8000 ? 8000 : 0,
    redundancy_payload_type: media.companions.redundancyPayloadType ?? notNegotiated,
    comfort_noise_payload_type: media.companions.comfortNoisePayloadType ?? notNegotiated,
    client_level_id: media.headerExtensions.clientLevelId ?? 0,
    mixer_levels_id: media.headerExtensions.mixerLevelsId ?? 0,
    rtp_fd: place.sockets.rtp,
    rtcp_fd: place.sockets.rtcp ?? -1,
    lane: none,
    direction: directions[media.direction],
    parked: media.parked ? 1 : 0,
    srtp_session: srtpSession,
  };
}

function alternativeFields(alternatives: readonly Alternative[]): Readonly<Record<string, FieldValue>> {
  const typeOf = (codec: Alternative['codec']): number =>
    alternatives.find((alternative) => alternative.codec === codec)?.payloadType ?? notNegotiated;
  return {
    pcmu_payload_type: typeOf('pcmu'),
    pcma_payload_type: typeOf('pcma'),
    g722_payload_type: typeOf('g722'),
  };
}

const opusFields = (opus: OpusSending | null): Readonly<Record<string, FieldValue>> => ({
  opus_bitrate_bps: opus?.bitrateBps ?? 0,
  opus_playback_rate_hz: opus?.playbackRateHz ?? 0,
  opus_fec: Number(opus?.fec ?? false),
  opus_dtx: Number(opus?.dtx ?? false),
  opus_cbr: Number(opus?.cbr ?? false),
  opus_complexity: opus === null ? 0 : opusComplexity,
});

/** Of send_digits. */
export function digitsFields(text: string): Readonly<Record<string, FieldValue>> {
  const digits = new Uint8Array(digitsPerCommandMax);
  digits.set(Uint8Array.from(text, (digit) => digit.charCodeAt(0)));
  return { count: text.length, digits };
}

function remoteFields(
  remote: { readonly host: string; readonly port: number } | null,
  rtcpPort: number,
): Readonly<Record<string, FieldValue>> {
  const address = remote === null ? null : addressBytes(remote.host);
  // A name instead of an address is left to be learnt from the first packet, as the contract of LegMedia has it.
  if (remote === null || address === null) {
    return { remote_family: 0, remote_rtp_port: 0, remote_rtcp_port: 0, remote_address: new Uint8Array(16) };
  }
  return {
    remote_family: address.family,
    remote_rtp_port: remote.port,
    remote_rtcp_port: rtcpPort,
    remote_address: address.bytes,
  };
}
