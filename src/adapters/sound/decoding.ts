/** One job that decodes a sound, as its body comes: seen from the control thread. */
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { releasedFailure, type SoundFailure } from '../../app/sounds/sound-port.js';
import type { WebBody, WebPiece } from '../../app/web-content.js';
import { err, ok, type Result } from '../../base/result.js';
import type { BodyPiece, DecodeMessage, DecodeOutcome, DecodeTask } from '../../worker/sound/decode-task.js';

export type SoundJobs = {
  /** Rejects when its thread is lost. */
  decodeSound(task: DecodeTask): Promise<DecodeOutcome>;
};

export type SoundBody = {
  readonly body: WebBody;
  /** What was read of it already. */
  readonly first: Uint8Array;
};

export type OpenedMemory = Omit<Extract<DecodeMessage, { kind: 'opened' }>, 'kind'>;
export type Decoded = { readonly samples: number; readonly copied: boolean };

export type Decoding = {
  /** Enough is there to begin to play; or why nothing ever will be. */
  readonly opened: Promise<Result<OpenedMemory, SoundFailure>>;
  /** All is there, or no more will be. */
  readonly decoded: Promise<Result<Decoded, SoundFailure>>;
  /** Nobody wants it any more. */
  stop(): void;
};

/** What is no audio, or none that can be played. */
export const noAudioCode = 13_420;

/** Nothing here rejects. */
export function startDecoding(jobs: SoundJobs, { body, first }: SoundBody, task: Omit<DecodeTask, 'port'>): Decoding {
  const { port1: near, port2: far } = new MessageChannel();
  let failure: SoundFailure | null = null;
  let isStopped = false;
  const pieces = (async function* (): AsyncGenerator<WebPiece, WebPiece> {
    if (first.length > 0) yield { kind: 'bytes', bytes: first };
    for (;;) yield await body.read();
  })();

  async function answer(): Promise<void> {
    const { value: piece } = await pieces.next();
    if (piece.kind === 'failed') failure = piece.failure;
    if (piece.kind !== 'bytes') return near.postMessage(lastPiece(piece, isStopped));
    // Its own memory, to be handed over: that of a socket is shared with other pieces.
    const bytes = Uint8Array.from(piece.bytes);
    near.postMessage({ kind: 'bytes', bytes } satisfies BodyPiece, [bytes.buffer]);
  }

  let onOpened = (_opened: Result<OpenedMemory, SoundFailure>): void => {};
  const opened: Decoding['opened'] = new Promise((resolve) => {
    onOpened = resolve;
  });
  const take = (message: DecodeMessage): void => {
    if (message.kind === 'opened') onOpened(ok(message));
    else void answer();
  };
  near.on('message', take);
  const decoded: Decoding['decoded'] = jobs.decodeSound({ ...task, port: far }).then(
    (outcome) => decodedOf(outcome, failure),
    () => err({ code: noAudioCode, rule: 'the decoder broke down' }),
  );
  void decoded.then((result) => {
    // The outcome takes another way than what the job said before, and may have overtaken it.
    for (let said = receiveMessageOnPort(near); said !== undefined; said = receiveMessageOnPort(near))
      take(said.message);
    near.close();
    body.cancel();
    if (!result.ok) onOpened(result);
  });
  return {
    opened,
    decoded,
    stop() {
      isStopped = true;
      body.cancel();
    },
  };
}

const lastPiece = (piece: Exclude<WebPiece, { kind: 'bytes' }>, isStopped: boolean): BodyPiece =>
  piece.kind === 'failed' || isStopped ? { kind: 'broken' } : { kind: 'end' };

function decodedOf(outcome: DecodeOutcome, failure: SoundFailure | null): Result<Decoded, SoundFailure> {
  switch (outcome.kind) {
    case 'decoded':
      return ok(outcome);
    case 'broken':
      return err(failure ?? releasedFailure);
    case 'bad':
      return err({ code: noAudioCode, rule: outcome.rule });
  }
}
