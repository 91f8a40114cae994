/**
 * What is on the disk when a process starts: captures that nobody discarded, of recordings that were over and of those
 * that a crash cut short. Each is made whole: its header says how long it is, and no sample is cut in half.
 */
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capture } from '../../app/recordings/recorder-port.js';
import { messageOf } from '../../base/thrown.js';
import { frameSamples } from '../../media/recording-memory.js';
import { growingWavHeader, growingWavHeaderBytes } from '../../recordings/wav-header.js';
import { type Begin, captureOf, journalBytesMax, parseJournal } from './journal.js';

const journalExtension = '.journal';

export const audioPathOf = (folder: string, recording: string): string => join(folder, `${recording}.wav`);
export const journalPathOf = (folder: string, recording: string): string =>
  join(folder, `${recording}${journalExtension}`);

export type Leftover =
  | { readonly kind: 'capture'; readonly capture: Capture }
  /** There is no knowing what it was, or the disk does not give it: it stays where it is. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly why: string };

/** Oldest name first; never rejects for one of them. */
export async function leftCaptures(folder: string): Promise<readonly Leftover[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(journalExtension)).sort();
  const found: Leftover[] = [];
  for (const name of names) found.push(await repairedCapture(folder, name.slice(0, -journalExtension.length)));
  return found;
}

/** One of them. */
export async function repairedCapture(folder: string, recording: string): Promise<Leftover> {
  const path = journalPathOf(folder, recording);
  try {
    const { size } = await stat(path);
    if (size > journalBytesMax) return { kind: 'unreadable', path, why: 'the journal is too large' };
    const lines = parseJournal(await readFile(path));
    const [begin] = lines;
    if (begin?.kind !== 'begin' || begin.recording !== recording) {
      return { kind: 'unreadable', path, why: 'the journal does not begin' };
    }
    const audioPath = audioPathOf(folder, recording);
    const end = lines.at(-1);
    const frames = await repairAudio(audioPath, begin, end?.kind === 'end' ? end.frames : null);
    const capture = captureOf(lines, audioPath, frames);
    return capture === null
      ? { kind: 'unreadable', path, why: 'the journal does not begin' }
      : { kind: 'capture', capture: { ...capture, frames } };
  } catch (error) {
    return { kind: 'unreadable', path, why: messageOf(error) };
  }
}

/** Cuts the file to whole frames, writes the header for them, and says how many there are. */
async function repairAudio(path: string, format: Begin, frames: number | null): Promise<number> {
  const frameBytes = frameSamples(format.rateHz, format.channels) * 2;
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const there = Math.max(0, Math.floor((size - growingWavHeaderBytes) / frameBytes));
    const whole = frames === null ? there : Math.min(frames, there);
    await file.truncate(growingWavHeaderBytes + whole * frameBytes);
    const samples = whole * frameSamples(format.rateHz, 1);
    await file.write(growingWavHeader(format, samples), 0, growingWavHeaderBytes, 0);
    await file.datasync();
    return whole;
  } finally {
    await file.close();
  }
}

export async function removeCapture(folder: string, recording: string): Promise<void> {
  // The journal last: what has one is found again.
  await rm(audioPathOf(folder, recording), { force: true });
  await rm(journalPathOf(folder, recording), { force: true });
}
