/**
 * Feeds broken journals to the parser of src/adapters/capture: tools/fuzz-journal.ts SECONDS [SEED]. Each run cuts,
 * doubles and changes bytes of a journal, or gives lines with a good checksum whatever JSON there is. Whatever comes:
 * nothing throws, what is read begins with a beginning and ends with the first end, and a capture made of it has
 * numbers that can be.
 * Prints `fuzzed journal` when all went well; a finding is shrunk, kept in build/fuzz/findings and ends the run.
 */
import fc from 'fast-check';
import { captureOf, type JournalLine, journalText, parseJournal } from '../src/adapters/capture/journal.js';
import { assert } from '../src/base/assert.js';
import type { RecordingSid } from '../src/base/brands.js';
import { fuzzFor } from './fuzz-for.js';

const whole: readonly JournalLine[] = [
  {
    kind: 'begin',
    recording: '6f5e1c8e-0000-4000-8000-000000000001' as RecordingSid,
    memo: 'ünï',
    rateHz: 16_000,
    channels: 2,
    wallMs: 1_700_000_000_000,
    turn: 12,
  },
  { kind: 'note', at: 3, note: { what: 'join', who: null } },
  { kind: 'gap', at: 5, frames: 10, why: 'disk' },
  { kind: 'pause', at: 20, mode: 'skipping' },
  { kind: 'resume', at: 20, skipped: 250 },
  { kind: 'clock', at: 40, wallMs: 1_700_000_000_800 },
  { kind: 'end', frames: 50, why: 'ended', notesLost: 1 },
];

/** Lines of the kinds there are, with fields that are odd; and any JSON at all. */
const oddLine = fc.oneof(
  fc.constantFrom(...whole),
  fc
    .tuple(fc.constantFrom(...whole), fc.constantFrom('at', 'frames', 'note', 'kind', 'why', 'turn'), fc.jsonValue())
    .map(([line, field, value]) => ({ ...line, [field]: value }) as unknown as JournalLine),
  fc.jsonValue().map((value) => value as unknown as JournalLine),
);
const change = fc.record({ at: fc.nat(), remove: fc.nat({ max: 20 }), put: fc.uint8Array({ maxLength: 12 }) });
const journal = fc
  .record({
    lines: fc.array(oddLine, { maxLength: 8 }),
    isWhole: fc.boolean(),
    changes: fc.array(change, { maxLength: 4 }),
  })
  .map(({ lines, isWhole, changes }) => {
    const bytes = [...new TextEncoder().encode(journalText(isWhole ? whole : lines))];
    const changed = changes.reduce(
      (before, { at, remove, put }) => before.toSpliced(at % (before.length + 1), remove, ...put),
      bytes,
    );
    return Uint8Array.from(changed);
  });

const property = fc.property(journal, fc.nat({ max: 1000 }), (bytes, frames) => {
  const lines = parseJournal(bytes);
  lines.forEach((line, index) => {
    assert((line.kind === 'begin') === (index === 0), 'it begins once');
    assert(line.kind !== 'end' || index === lines.length - 1, 'nothing follows the end');
  });
  const capture = captureOf(lines, '/a.wav', frames);
  assert((capture === null) === (lines.length === 0), 'what begins is a capture');
  for (const gap of capture?.gaps ?? []) {
    assert(gap.frames > 0 && gap.at + gap.frames <= (capture?.frames ?? 0), 'gaps lie in the capture');
  }
});
fuzzFor('journal', 'journals', property);
