/** Runs the job that decodes a sound in this thread, and hears what it writes. */
import { MessageChannel } from 'node:worker_threads';
import { decodeSound } from '../../src/worker/sound/decode.js';
import type { BodyPiece, DecodeMessage, DecodeOutcome, DecodeTask } from '../../src/worker/sound/decode-task.js';
import type { SoundEncoding } from '../../src/worker/sound/decoders.js';
import { ClipPlayer, concatenated } from './clip-player.js';

export type Heard = {
  readonly outcome: DecodeOutcome;
  readonly samples: Int16Array;
  readonly opened: Extract<DecodeMessage, { kind: 'opened' }> | null;
};

export type Feed = Partial<Pick<DecodeTask, 'wholeMsMax' | 'mustBeWhole'>> & {
  /** Bytes of a piece. */
  readonly pieceBytes?: number;
  readonly saysLength?: boolean;
  /** What comes after the bytes. */
  readonly end?: 'end' | 'broken';
};

export async function decoded(bytes: Uint8Array, encoding: SoundEncoding, feed: Feed = {}): Promise<Heard> {
  const { wholeMsMax = 60_000, mustBeWhole = false, pieceBytes = 16_384, saysLength = true, end = 'end' } = feed;
  const { port1: near, port2: far } = new MessageChannel();
  const pieces: Int16Array[] = [];
  let at = 0;
  let opened: Heard['opened'] = null;
  let player: ClipPlayer | null = null;
  near.on('message', (message: DecodeMessage) => {
    if (message.kind === 'opened') {
      opened = message;
      player = new ClipPlayer(message.memory);
      return;
    }
    const piece: BodyPiece =
      at < bytes.length ? { kind: 'bytes', bytes: bytes.slice(at, at + pieceBytes) } : { kind: end };
    at += pieceBytes;
    near.postMessage(piece);
  });
  const playing = setInterval(() => {
    if (player !== null) pieces.push(player.play());
  }, 1);
  const bodyBytes = saysLength ? bytes.length : null;
  const outcome = await decodeSound({ port: far, encoding, bodyBytes, wholeMsMax, mustBeWhole });
  await new Promise((resolve) => near.once('close', resolve));
  clearInterval(playing);
  if (player !== null) pieces.push((player as ClipPlayer).play());
  return { outcome, samples: concatenated(pieces), opened };
}
