/** Size of 20 ms of payload, one channel. */
import { assertNever } from '../base/assert.js';
import type { LaneCodecName } from './engine-layout.js';

const framesPerSecond = 50;

export function frameBytes(codec: LaneCodecName, rateHz: number): number {
  const samples = rateHz / framesPerSecond;
  switch (codec) {
    case 'pcmu':
    case 'pcma':
      return samples;
    case 'l16':
    case 'linear16':
      return samples * 2;
    default:
      return assertNever(codec);
  }
}
