/**
 * G.711 of the callers, from the segment description in ITU-T G.711 tables 1 and 2 rather than from the daemon's own:
 * a mistake made there shall be heard here.
 */
export type G711Law = 'pcmu' | 'pcma';

/** Static RTP payload types (RFC 3551 table 4). */
export const payloadTypes: Readonly<Record<G711Law, number>> = { pcmu: 0, pcma: 8 };

/** What a telephone sends when nobody speaks: the code of zero. */
export const silenceCodes: Readonly<Record<G711Law, number>> = { pcmu: 0xff, pcma: 0xd5 };

/** µ-law, 14-bit domain with a bias of 33, all bits inverted on the wire. */
function expandMu(code: number): number {
  const bits = ~code & 0xff;
  const segment = (bits >> 4) & 7;
  const magnitude = ((((bits & 15) << 1) + 33) << segment) - 33;
  return (bits & 0x80 ? -magnitude : magnitude) * 4;
}

/** A-law, 13-bit domain, even bits inverted on the wire; a set sign bit is positive. */
function expandA(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const step = ((bits & 15) << 1) + 1;
  const magnitude = segment === 0 ? step : (step + 32) << (segment - 1);
  return (bits & 0x80 ? magnitude : -magnitude) * 8;
}

const expand: Readonly<Record<G711Law, (code: number) => number>> = { pcmu: expandMu, pcma: expandA };

const codes = Array.from({ length: 256 }, (_, code) => code);
const decodeTables: Readonly<Record<G711Law, Int16Array>> = {
  pcmu: Int16Array.from(codes, expandMu),
  pcma: Int16Array.from(codes, expandA),
};

/** The code whose value is nearest, for each of the 65,536 samples; of two equally near, the one nearer to zero. */
function nearestCodes(law: G711Law): Uint8Array {
  const byValue = codes
    .map((code) => ({ code, value: expand[law](code) }))
    .sort((a, b) => a.value - b.value || a.code - b.code);
  const table = new Uint8Array(65_536);
  let index = 0;
  for (let sample = -32_768; sample <= 32_767; sample++) {
    let here = byValue[index];
    let next = byValue[index + 1];
    while (here !== undefined && next !== undefined) {
      const gain = Math.abs(sample - here.value) - Math.abs(sample - next.value);
      if (gain < 0 || (gain === 0 && Math.abs(here.value) < Math.abs(next.value))) break;
      here = next;
      next = byValue[++index + 1];
    }
    table[sample & 0xffff] = here?.code ?? silenceCodes[law];
  }
  return table;
}

const encodeTables: Readonly<Record<G711Law, Uint8Array>> = { pcmu: nearestCodes('pcmu'), pcma: nearestCodes('pcma') };

export function encodeG711(law: G711Law, samples: Int16Array): Uint8Array {
  const table = encodeTables[law];
  return Uint8Array.from(samples, (sample) => table[sample & 0xffff] ?? 0);
}

export function decodeG711(law: G711Law, payload: Uint8Array): Int16Array {
  const table = decodeTables[law];
  return Int16Array.from(payload, (code) => table[code] ?? 0);
}
