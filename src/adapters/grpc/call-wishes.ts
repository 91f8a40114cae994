/** What is the platform's to do with a call that it makes: read from who asks, and written to who makes it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type CallWishes,
  type MachineDetection,
  machineDetectionBounds,
  noWishes,
  wishTextNames,
  wishTexts,
} from '../../app/originations/call-wishes.js';
import {
  type CallWishesSchema,
  MachineDetectionMode,
  type CallWishes as WireWishes,
} from '../../gen/parley/v1/wishes_pb.js';
import { readMethod, readUrl } from './fields.js';
import type { Findings } from './findings.js';

const modes: readonly (readonly [MachineDetection['mode'], MachineDetectionMode])[] = [
  ['enable', MachineDetectionMode.ENABLE],
  ['detect-message-end', MachineDetectionMode.DETECT_MESSAGE_END],
];

const fieldOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Faults go to the findings. */
export function readCallWishes(wishes: WireWishes | undefined, at: string, findings: Findings): CallWishes {
  if (wishes === undefined) return noWishes;
  const texts = { ...noWishes, machineDetection: readDetection(wishes.machineDetection, at, findings) };
  for (const name of wishTextNames) {
    const text = wishes[name] ?? null;
    const { charactersMax } = wishTexts[name];
    if (text !== null && [...text].length > charactersMax) {
      findings.violate(`${at}.${fieldOf(name)}`, `must have at most ${charactersMax} characters`);
    }
    texts[name] = text;
  }
  const { clientNotificationUrl: url } = wishes;
  if (url === undefined) return texts;
  return { ...texts, clientNotificationUrl: readUrl(url, `${at}.client_notification_url`, 11_100, findings) };
}

function readDetection(
  said: WireWishes['machineDetection'],
  at: string,
  findings: Findings,
): CallWishes['machineDetection'] {
  if (said === undefined) return null;
  const path = `${at}.machine_detection`;
  const mode = modes.find(([, wire]) => wire === said.mode)?.[0];
  if (mode === undefined) findings.violate(`${path}.mode`, 'must be a known mode');
  const within = (name: keyof typeof machineDetectionBounds): number => {
    const { min, max, default: unsaid } = machineDetectionBounds[name];
    const value = said[name] ?? unsaid;
    if (value < min || value > max) findings.violate(`${path}.${fieldOf(name)}`, `must be from ${min} to ${max}`);
    return value;
  };
  const { statusCallback, statusCallbackMethod } = said;
  const url =
    statusCallback === undefined ? null : readUrl(statusCallback, `${path}.status_callback`, 11_100, findings);
  const method = readMethod(statusCallbackMethod, 'POST', `${path}.status_callback_method`, 13_221, findings);
  return {
    mode: mode ?? 'enable',
    timeoutSeconds: within('timeoutSeconds'),
    speechThresholdMs: within('speechThresholdMs'),
    speechEndThresholdMs: within('speechEndThresholdMs'),
    silenceTimeoutMs: within('silenceTimeoutMs'),
    callback: url === null || method === null ? null : { url, method },
  };
}

/** Whom Parley tells who answered is no affair of the platform's. */
export function toCallWishes({ machineDetection, ...wishes }: CallWishes): MessageInitShape<typeof CallWishesSchema> {
  const { clientNotificationUrl: url } = wishes;
  const texts = Object.fromEntries(wishTextNames.map((name) => [name, wishes[name] ?? undefined]));
  const init = { ...texts, clientNotificationUrl: url ?? undefined };
  if (machineDetection === null) return init;
  const { mode, callback: _callback, ...bounds } = machineDetection;
  const wire = modes.find(([name]) => name === mode)?.[1] ?? MachineDetectionMode.UNSPECIFIED;
  return { ...init, machineDetection: { ...bounds, mode: wire } };
}
