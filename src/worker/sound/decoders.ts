/**
 * Decoders of what is sent as audio: PCM here, the rest in WebAssembly, where a hostile file can spoil no memory but
 * that of its own decoder. Each takes the body in pieces and gives one channel.
 */
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import { MPEGDecoder } from 'mpg123-decoder';
import { OggOpusDecoder } from 'ogg-opus-decoder';
import { err, ok, type Result } from '../../base/result.js';
import { ascii, type SoundFormat } from '../../sound/format.js';
import { channelsMax, type PcmLayout, PcmReader, rateHzMax, rateHzMin } from '../../sound/pcm.js';
import { type PcmHeader, parseAuHeader, parseWavHeader, pcmDurationMs } from '../../sound/pcm-header.js';
import { guarded } from './guard.js';

/** Full scale is -1 to 1. */
export type DecodedPiece = { readonly mono: Float32Array; readonly rateHz: number };

/** After an error it takes nothing more. */
export interface SoundDecoder {
  /** Most bytes it takes at a time: what a few bytes can swell to is bounded by this. */
  readonly pieceBytes: number;
  /** Null: nothing yet. */
  decode(piece: Uint8Array): Promise<Result<DecodedPiece | null, string>>;
  /** What it held back for what might have followed. */
  end(): Promise<Result<DecodedPiece | null, string>>;
  /** Milliseconds, once a header said so exactly, or the bytes of the whole file do. */
  durationMs(bodyBytes: number | null): number | null;
  free(): void;
}

/** `bare`: samples without a header, as `audio/basic` is (RFC 2046 §4.2). */
export type SoundEncoding = SoundFormat | { readonly bare: PcmLayout };

/** `first`: as much as tells the codec of an Ogg file. */
export async function createDecoder(encoding: SoundEncoding, first: Uint8Array): Promise<Result<SoundDecoder, string>> {
  if (typeof encoding !== 'string') return ok(pcmDecoder(() => barePcm(encoding.bare)));
  switch (encoding) {
    case 'wav':
      return ok(pcmDecoder(parseWavHeader));
    case 'au':
      return ok(pcmDecoder(parseAuHeader));
    case 'mpeg':
      return ok(await wasmDecoder(new MPEGDecoder(), mpegPieceBytes));
    case 'flac':
      return ok(await wasmDecoder(new FLACDecoder(), flacPieceBytes));
    case 'ogg':
      return oggDecoder(first);
  }
}

/** A codec names itself in the first packet, which begins after the table of the first page (RFC 3533 §6). */
async function oggDecoder(first: Uint8Array): Promise<Result<SoundDecoder, string>> {
  const at = 27 + (first[26] ?? 0);
  if (ascii(first, at, 8) === 'OpusHead') return ok(await wasmDecoder(new OggOpusDecoder(), oggPieceBytes));
  if (ascii(first, at, 7) === '\x01vorbis') return ok(await wasmDecoder(new OggVorbisDecoder(), oggPieceBytes));
  if (ascii(first, at, 5) === '\x7fFLAC') return ok(await wasmDecoder(new FLACDecoder(), flacPieceBytes));
  return err('an Ogg file of a codec that is not played');
}

/** A second or two of MPEG audio, which has no frame of few bytes. */
const mpegPieceBytes = 8192;
/** A frame of Opus can be two bytes and 120 ms long; a page has at most 255 of them. */
const oggPieceBytes = 1024;
/** A frame of FLAC that never changes is some 35 bytes, of eight channels and 65,535 samples: 2 MB as floats. */
const flacPieceBytes = 512;
const pcmPieceBytes = 32 * 1024;

type WasmAudio = {
  readonly channelData: readonly Float32Array[];
  readonly samplesDecoded: number;
  readonly sampleRate: number;
};
type WasmDecoder = {
  readonly ready: Promise<void>;
  decode(bytes: Uint8Array): WasmAudio | Promise<WasmAudio>;
  flush?(): Promise<WasmAudio>;
  free(): void | Promise<void>;
};

async function wasmDecoder(decoder: WasmDecoder, pieceBytes: number): Promise<SoundDecoder> {
  await decoder.ready;
  // What a decoder says when it stumbles is of its inside, and of no use to who sent the file.
  const broken = err('it cannot be decoded');
  const taken = async (call: () => WasmAudio | Promise<WasmAudio>): Promise<Result<DecodedPiece | null, string>> => {
    try {
      const result = guarded(call);
      return result.ok ? pieceOf(await result.value) : broken;
    } catch {
      return broken;
    }
  };
  return {
    pieceBytes,
    decode: (piece) => taken(() => decoder.decode(piece)),
    end: async () => {
      const { flush } = decoder;
      return flush === undefined ? ok(null) : taken(() => flush.call(decoder));
    },
    durationMs: () => null,
    free: () => {
      guarded(() => decoder.free());
    },
  };
}

function pieceOf({ channelData, samplesDecoded, sampleRate }: WasmAudio): Result<DecodedPiece | null, string> {
  if (samplesDecoded <= 0 || channelData.length === 0) return ok(null);
  if (channelData.length > channelsMax || sampleRate < rateHzMin || sampleRate > rateHzMax) {
    return err('audio of a form that is not played');
  }
  const mono = new Float32Array(Math.min(...channelData.map(({ length }) => length)));
  for (const channel of channelData) {
    for (let index = 0; index < mono.length; index++) {
      mono[index] = (mono[index] ?? 0) + (channel[index] ?? 0) / channelData.length;
    }
  }
  return ok({ mono, rateHz: Math.round(sampleRate) });
}

type PcmFormat = Extract<PcmHeader, { kind: 'pcm' }>;

const barePcm = (layout: PcmLayout): PcmFormat => ({ kind: 'pcm', layout, dataOffset: 0, dataBytes: null });

function pcmDecoder(parseHeader: (bytes: Uint8Array) => PcmHeader): SoundDecoder {
  let head = new Uint8Array();
  let format: PcmFormat | null = null;
  let reader: PcmReader | null = null;
  let leftBytes = 0;
  const read = (piece: Uint8Array): DecodedPiece | null => {
    if (format === null || reader === null) return null;
    const mono = reader.read(piece.subarray(0, leftBytes));
    leftBytes -= Math.min(leftBytes, piece.length);
    return mono.length === 0 ? null : { mono, rateHz: format.layout.rateHz };
  };
  return {
    pieceBytes: pcmPieceBytes,
    async decode(piece) {
      if (format !== null) return ok(read(piece));
      head = Buffer.concat([head, piece]);
      const header = parseHeader(head);
      if (header.kind === 'more') return ok(null);
      if (header.kind === 'bad') return err(header.rule);
      format = header;
      reader = new PcmReader(header.layout);
      leftBytes = header.dataBytes ?? Number.POSITIVE_INFINITY;
      const samples = head.subarray(header.dataOffset);
      head = new Uint8Array();
      return ok(read(samples));
    },
    end: async () => ok(null),
    durationMs: (bodyBytes) => (format === null ? null : pcmDurationMs(format, bodyBytes)),
    free: () => {},
  };
}
