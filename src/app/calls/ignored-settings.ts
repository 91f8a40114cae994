/** Wishes about a room that came too late: it was settled before, and otherwise (CONTRACT §1.3). */
import type { RoomRequest, RoomSettings } from '../../conference/state.js';
import type { Finding } from '../../cxml/finding.js';

const names = [
  'statusCallback',
  'maxParticipants',
  'region',
  'eventCallbackUrl',
] as const satisfies readonly (keyof RoomSettings)[];

/** `where`: the `<Conference>`. A callback is another when URL, method or events are. */
export const ignoredSettings = (request: RoomRequest, settings: RoomSettings, where: string): readonly Finding[] =>
  names.flatMap((name) => {
    const wish = request[name];
    if (wish === null || JSON.stringify(wish) === JSON.stringify(settings[name])) return [];
    const message = 'the room was settled otherwise by a call before: ignored';
    return [{ code: 16_002, level: 'warning' as const, where: `${where}/@${name}`, message, keepsOut: false }];
  });
