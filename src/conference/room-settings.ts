/** Whose wishes about the room count (CONTRACT §1.3). */
import {
  maxParticipantsCeiling,
  maxParticipantsDefault,
  type RoomRecording,
  type RoomRequest,
  type RoomSettings,
} from './state.js';

/**
 * The settings after one more leg is in: `statusCallback` is frozen since the first leg, even when that leg left it
 * blank; of the rest the first leg that says something decides. Returns `settings` itself when nothing was taken.
 */
export function settingsWith(settings: RoomSettings, request: RoomRequest): RoomSettings {
  const maxParticipants = settings.maxParticipants ?? request.maxParticipants;
  const region = settings.region ?? request.region;
  const eventCallbackUrl = settings.eventCallbackUrl ?? request.eventCallbackUrl;
  const recording = recordingWith(settings.recording, request.recording);
  const isSame =
    maxParticipants === settings.maxParticipants &&
    region === settings.region &&
    eventCallbackUrl === settings.eventCallbackUrl &&
    recording === settings.recording;
  if (isSame) return settings;
  const { statusCallback } = settings;
  const settled = { statusCallback, maxParticipants, region, eventCallbackUrl };
  return recording === undefined ? settled : { ...settled, recording };
}

/** `settled` itself when nothing was taken. */
function recordingWith(settled: RoomRecording | undefined, request: RoomRecording | undefined) {
  if (settled === undefined || request === undefined) return settled ?? request;
  const record = settled.record ?? request.record;
  const trim = settled.trim ?? request.trim;
  const callback = settled.callback ?? request.callback;
  const isSame = record === settled.record && trim === settled.trim && callback === settled.callback;
  return isSame ? settled : { record, trim, callback };
}

/** How many may be in: everyone counts, also the muted, the held, coaches and those who wait (CONTRACT §8.4). */
export function capacityOf(settings: RoomSettings): number {
  return Math.min(settings.maxParticipants ?? maxParticipantsDefault, maxParticipantsCeiling);
}
