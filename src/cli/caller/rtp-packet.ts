/** RTP as a caller needs it (RFC 3550 §5.1): written without extensions, read with whatever a sender may add. */

export type RtpPacket = {
  readonly payloadType: number;
  readonly marker: boolean;
  /** 16 bits, wrapping. */
  readonly sequence: number;
  /** 32 bits, wrapping; in samples. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Uint8Array;
};

const headerBytes = 12;

export function writeRtp(packet: RtpPacket): Uint8Array {
  const bytes = new Uint8Array(headerBytes + packet.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, (packet.marker ? 0x80 : 0) | packet.payloadType);
  view.setUint16(2, packet.sequence);
  view.setUint32(4, packet.timestamp);
  view.setUint32(8, packet.ssrc);
  bytes.set(packet.payload, headerBytes);
  return bytes;
}

/** Null for anything that is not a whole RTP packet; RTCP, sharing the socket, is told apart by RFC 5761 §4. */
export function readRtp(bytes: Uint8Array): RtpPacket | null {
  if (bytes.length < headerBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  if (first >> 6 !== 2 || (second >= 192 && second <= 223)) return null;
  let start = headerBytes + (first & 15) * 4;
  if (first & 0x10) {
    if (start + 4 > bytes.length) return null;
    start += 4 + view.getUint16(start + 2) * 4;
  }
  const padding = first & 0x20 ? (bytes[bytes.length - 1] ?? 0) : 0;
  const end = bytes.length - padding;
  if (start > end) return null;
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: bytes.subarray(start, end),
  };
}
