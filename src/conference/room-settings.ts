/** Whose wishes about the room count (CONTRACT §1.3). */
import { maxParticipantsCeiling, maxParticipantsDefault, type RoomRequest, type RoomSettings } from './state.js';

/**
 * The settings after one more leg is in: `statusCallback` is frozen since the first leg, even when that leg left it
 * blank; of the rest the first leg that says something decides. Returns `settings` itself when nothing was taken.
 */
export function settingsWith(settings: RoomSettings, request: RoomRequest): RoomSettings {
  const maxParticipants = settings.maxParticipants ?? request.maxParticipants;
  const region = settings.region ?? request.region;
  const eventCallbackUrl = settings.eventCallbackUrl ?? request.eventCallbackUrl;
  const isSame =
    maxParticipants === settings.maxParticipants &&
    region === settings.region &&
    eventCallbackUrl === settings.eventCallbackUrl;
  return isSame ? settings : { statusCallback: settings.statusCallback, maxParticipants, region, eventCallbackUrl };
}

/** How many may be in: everyone counts, also the muted, the held, coaches and those who wait (CONTRACT §8.4). */
export function capacityOf(settings: RoomSettings): number {
  return Math.min(settings.maxParticipants ?? maxParticipantsDefault, maxParticipantsCeiling);
}
