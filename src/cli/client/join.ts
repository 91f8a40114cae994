/** `parley join`: says a file in a room, or only listens. */
import { type ConnectionOptions, type Write, withParley } from './connection.js';

export type JoinOptions = ConnectionOptions & {
  readonly label?: string;
  /** A WAV file for what is heard. */
  readonly listen?: string;
  /** Goes on listening for so many seconds when the file has been said; left out: leaves then. */
  readonly stay?: number;
};

/** Until the file was said, or, without one, until the room is over or the process is interrupted. */
export const join = (room: string, file: string | null, options: JoinOptions, write: Write): Promise<boolean> =>
  withParley(options, async (parley) => {
    const { label, listen, stay } = options;
    const call = await parley.join({
      room,
      ...(label === undefined ? {} : { label }),
      ...(file === null ? {} : { from: file }),
    });
    write(`${call.sid} is in ${room}: ${call.conferenceSid}`);
    const stopped = new Promise<void>((resolve) => process.once('SIGINT', resolve));
    const saved = listen === undefined ? null : call.saveHeard(listen);
    saved?.catch(() => {});
    const timeIsUp = async (): Promise<void> => {
      await call.said;
      if (stay !== undefined) await new Promise((resolve) => setTimeout(resolve, stay * 1000).unref());
    };
    await Promise.race([call.ended, stopped, ...(file === null && stay === undefined ? [] : [timeIsUp()])]);
    await call.close();
    const said = await call.said;
    if (said !== null) write(`said ${said.playedMs} ms${said.interrupted ? ', not to its end' : ''}`);
    await saved;
    if (listen !== undefined) write(`heard: ${listen}`);
  });
