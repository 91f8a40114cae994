/** The files beside a mix: a track for each participant, and what happened, on the same clock and as long. */
import { join } from 'node:path';
import { type RecordingFile, type RecordingPart, trackPart } from '../../recordings/recording.js';
import { TalkSpurts } from '../../recordings/talk-spurts.js';
import { type TrackCourse, timelineOf } from '../../recordings/timeline.js';
import { audacityLabels, timelineJson } from '../../recordings/timeline-files.js';
import { wavHeader } from '../../recordings/wav-header.js';
import { FileWriter } from './file-writer.js';
import { fileNameOf, type MakeFilesTask, type TrackTask } from './make-task.js';
import { trackSamples } from './track-reader.js';

/** Samples of the mix: what of it is kept. */
export type Kept = { readonly first: number; readonly end: number };

/** Told of samples that were worked on. */
export type OnHeard = (samples: number) => void;

/** Nothing where no tracks were taken down. */
export async function makeTracks(task: MakeFilesTask, kept: Kept, onHeard: OnHeard): Promise<readonly RecordingFile[]> {
  const { beside } = task;
  if (beside === null) return [];
  const files: RecordingFile[] = [];
  const courses: TrackCourse[] = [];
  for (const [index, track] of beside.tracks.entries()) {
    const { file, course } = await makeTrack(task, kept, { track, number: index + 1 }, onHeard);
    files.push(file);
    courses.push(course);
  }
  const { rateHz } = task;
  const timeline = timelineOf({ ...beside.course, rateHz, kept, tracks: courses });
  const head = { ...beside.head, rateHz, samples: kept.end - kept.first };
  const startedAtMs = head.startedAtMs === null ? null : head.startedAtMs + (kept.first * 1000) / rateHz;
  const tracks = courses.map(({ callSid, label }, index) => ({ number: index + 1, callSid, label }));
  files.push(await write(task, 'timeline', timelineJson({ ...head, startedAtMs }, tracks, timeline)));
  files.push(await write(task, 'labels', audacityLabels(timeline, head.sidStyle)));
  return files;
}

async function makeTrack(
  task: MakeFilesTask,
  kept: Kept,
  { track, number }: { readonly track: TrackTask; readonly number: number },
  onHeard: OnHeard,
): Promise<{ readonly file: RecordingFile; readonly course: TrackCourse }> {
  const { rateHz } = task;
  const talk = new TalkSpurts(rateHz);
  const file = await writing(task, trackPart(number), async (writer) => {
    await writer.add(wavHeader({ rateHz, channels: 1 }, kept.end - kept.first));
    for await (const samples of trackSamples(track.pieces, kept)) {
      talk.hear(samples);
      onHeard(samples.length);
      await writer.add(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
    }
  });
  const { callSid, label, gaps } = track;
  return { file, course: { callSid, label, gaps, spurts: talk.spurts() } };
}

const textBytes = 65_536;

const write = (task: MakeFilesTask, part: RecordingPart, lines: Iterable<string>): Promise<RecordingFile> =>
  writing(task, part, async (writer) => {
    let text = '';
    const flush = async (): Promise<void> => {
      await writer.add(new TextEncoder().encode(text));
      text = '';
    };
    for (const line of lines) {
      text += line;
      if (text.length >= textBytes) await flush();
    }
    await flush();
  });

async function writing(
  { folder, name }: MakeFilesTask,
  part: RecordingPart,
  fill: (writer: FileWriter) => Promise<void>,
): Promise<RecordingFile> {
  const writer = await FileWriter.open(join(folder, fileNameOf(name, part)), part);
  try {
    await fill(writer);
    return await writer.done();
  } finally {
    await writer.close();
  }
}
