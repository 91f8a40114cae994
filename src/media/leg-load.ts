/**
 * What a leg is assumed to cost an engine, until enough are measured. One in G.711 takes 4 to 11 µs (docs/capacity.md),
 * coders beyond that what `make bench BENCH=codecs` said of a Xeon (docs/benchmarks.md), Opus at 48 kHz.
 */
import type { CodecName } from './engine-layout.js';

/** What nobody hears is not decoded; who is heard is sent a mix of its own, coded for it alone. */
export type CodedLeg = { readonly codec: CodecName; readonly isHeard: boolean };

type ByCodec = Readonly<Record<CodecName, number>>;

const legNs = 5_500;
const codingNs: ByCodec = { pcmu: 0, pcma: 0, l16: 0, linear16: 0, g722: 20_000, opus: 137_000 };

/** Work for a frame of 20 ms; whole, so that it may be added and taken away again for ever. */
export const assumedNs = ({ codec, isHeard }: CodedLeg): number => legNs + (isHeard ? codingNs[codec] : 0);

/** As a share of the ticks in which it is done. */
export const loadOf = (workNs: number): number => workNs / 20e6;
