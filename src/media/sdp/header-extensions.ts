/** RTP header extensions of an offer that Parley takes up (RFC 8285 §5): levels of the client and of the mix. */
import type { HeaderExtensions } from '../engine-port.js';
import { integerIn, type OfferedMedia } from './offer.js';

export const clientLevelUri = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
export const mixerLevelsUri = 'urn:ietf:params:rtp-hdrext:csrc-audio-level';

/** 15 ends a header of the short form, and those above 255 are for offers only. */
const isIdentifier = (id: number): boolean => id >= 1 && id <= 255 && id !== 15;

/** An extension that the other side would use in the wrong direction is as good as not offered. */
export function headerExtensions({ section }: OfferedMedia): HeaderExtensions {
  const idOf = (uri: string, directions: readonly string[]): number | null => {
    for (const extension of section.ext ?? []) {
      const id = integerIn(extension.value, 4095);
      const direction = extension.direction ?? 'sendrecv';
      if (extension.uri === uri && id !== null && isIdentifier(id) && directions.includes(direction)) return id;
    }
    return null;
  };
  const clientLevelId = idOf(clientLevelUri, ['sendrecv', 'sendonly']);
  const mixerLevelsId = idOf(mixerLevelsUri, ['sendrecv', 'recvonly']);
  return { clientLevelId, mixerLevelsId: mixerLevelsId === clientLevelId ? null : mixerLevelsId };
}

export type AnsweredExtension = { readonly value: number; readonly direction: string; readonly uri: string };

/** Each is for one direction only, whatever was offered. */
export const answeredExtensions = ({ clientLevelId, mixerLevelsId }: HeaderExtensions): AnsweredExtension[] => [
  ...(clientLevelId === null ? [] : [{ value: clientLevelId, direction: 'recvonly', uri: clientLevelUri }]),
  ...(mixerLevelsId === null ? [] : [{ value: mixerLevelsId, direction: 'sendonly', uri: mixerLevelsUri }]),
];
