/** What an application would be told while commands are played: the parameters of each callback, in order. */

import { type FlavourName, flavours } from '../../src/base/flavour.js';
import { callbacksFor, firstSequenceNumber } from '../../src/callbacks/callback-events.js';
import type { Command } from '../../src/conference/commands.js';
import { ConferenceScript } from './conference-script.js';

export type Told = { readonly url: string; readonly parameters: Readonly<Record<string, string>> };

export function toldOf(commands: readonly Command[], flavour: FlavourName = 'signalwire'): readonly Told[] {
  const script = new ConferenceScript();
  let nextSequence = firstSequenceNumber;
  return commands.flatMap((command) => {
    const before = script.state;
    const events = script.play(command);
    const change = { before, events, after: script.state };
    const output = callbacksFor({ ...change, nextSequence, flavour: flavours[flavour] });
    nextSequence = output.nextSequence;
    return output.callbacks.map(({ target, parameters }) => ({
      url: target.url,
      parameters: Object.fromEntries(parameters),
    }));
  });
}
