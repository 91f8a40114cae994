/** Takes a stream of server-sent events apart, however its bytes are cut (HTML, server-sent events). */

export type RawEvent = { readonly name: string; readonly data: string };

/** An event is not longer than this; what is, is dropped with all that came with it. */
export const eventCharactersMax = 4 * 1024 * 1024;

export class EventReader {
  #rest = '';

  /** The events that are whole now, in their order. */
  read(text: string): readonly RawEvent[] {
    const blocks = (this.#rest + text).split('\n\n');
    const rest = blocks.pop() ?? '';
    this.#rest = rest.length > eventCharactersMax ? '' : rest;
    return blocks.flatMap((block) => {
      const event = eventOf(block);
      return event === null ? [] : [event];
    });
  }
}

function eventOf(block: string): RawEvent | null {
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') name = value;
    if (field === 'data') data.push(value);
  }
  return data.length === 0 ? null : { name, data: data.join('\n') };
}
