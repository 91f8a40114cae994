/** What the control thread and the thread of the spools say to each other. */
import type { Capture } from '../../app/recordings/recorder-port.js';
import type { RecordingSid } from '../../base/brands.js';
import type { TimelineNote } from '../../recordings/course.js';
import type { SpoolOrder } from './spool.js';

export type ToSpools =
  | { readonly kind: 'open'; readonly order: SpoolOrder }
  | { readonly kind: 'note'; readonly recording: RecordingSid; readonly at: number; readonly note: TimelineNote }
  /** It never began. */
  | { readonly kind: 'forget'; readonly recording: RecordingSid }
  /** Comes last: what is here is written, and the thread ends. */
  | { readonly kind: 'close' };

/** Of the last second, but for gauges. */
export type SpoolFigures = {
  readonly writes: number;
  readonly bytes: number;
  /** Longest that one spool waited for the disk, and all together. */
  readonly slowestMs: number;
  readonly writingMs: number;
  readonly failures: number;
  readonly gapFrames: { readonly disk: number; readonly engine: number };
  /** Gauges: spools the disk refuses now, and how long ago the oldest sync of one that grows was. */
  readonly failing: number;
  readonly unsyncedMs: number;
};

export type FromSpools =
  | { readonly kind: 'open' }
  | { readonly kind: 'over'; readonly recording: RecordingSid; readonly capture: Capture | null }
  /** As it was told; unless it was being written to its end just then: that it is over follows. */
  | { readonly kind: 'forgotten'; readonly recording: RecordingSid }
  /** The disk began to refuse a spool, or takes it again. */
  | { readonly kind: 'trouble'; readonly recording: RecordingSid; readonly why: string }
  | { readonly kind: 'recovered'; readonly recording: RecordingSid }
  | { readonly kind: 'figures'; readonly figures: SpoolFigures };
