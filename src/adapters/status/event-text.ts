/** An event of the stream as `text/event-stream` has it (HTML, server-sent events). */
import type { LiveEventName, LiveEvents } from './wire.js';

/** JSON has no line ends in it, so that one line of data is enough. */
export const eventText = <Name extends LiveEventName>(name: Name, data: LiveEvents[Name]): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
