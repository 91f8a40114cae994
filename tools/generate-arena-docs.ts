/**
 * Writes docs/arena.md from src/media/engine-layout.ts.
 * `--check` writes nothing and fails when the committed page is not what would be written.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as layout from '../src/media/engine-layout.js';
import { arenaBlocks, layoutChecksum, type PlacedBlock, placeBlock } from '../src/media/engine-layout-offsets.js';

const target = fileURLToPath(new URL('../docs/arena.md', import.meta.url));

const record = placeBlock(layout.recordHeader);
const placeRecord = (block: layout.Block): PlacedBlock =>
  placeBlock({ ...block, bytes: layout.recordBytes }, record.bytes);

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): readonly string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

/** Padding is not worth a row. */
const fieldTable = ({ fields }: PlacedBlock): readonly string[] =>
  table(
    ['At', 'Field', 'Type', 'Meaning'],
    fields
      .filter(({ name }) => !/^pad\d*$/.test(name))
      .map(({ offset, name, type, what }) => [offset, `\`${name}\``, type, what]),
  );

const section = (block: PlacedBlock): readonly string[] => [
  `### \`${block.name}\`: ${block.bytes} bytes`,
  '',
  `${block.what}.`,
  '',
  ...fieldTable(block),
  '',
];

const recordSection = (block: layout.Block, index: number): readonly string[] => {
  const fields = block.fields.length === 0 ? ['No fields beside the header.'] : fieldTable(placeRecord(block));
  return [`### ${index + 1} \`${block.name}\``, '', `${block.what}.`, '', ...fields, ''];
};

const enumSection = ([name, values]: readonly [string, Readonly<Record<string, number>>]): string =>
  `- **${name}**: ${Object.entries(values)
    .map(([key, value]) => `${value} ${key}`)
    .join(', ')}`;

/** Of memory_parts. */
const memoryMeanings: Readonly<Record<layout.MemoryPartName, string>> = {
  header: 'arena: header, control block and statistics',
  rings: 'arena: commands and events, 6 and 12 places a leg, up to a power of two',
  slots: 'arena: leg slots',
  frames: 'arena: what each leg gives to the mix and hears',
  lanes: 'arena: frames of gRPC legs',
  legs: 'legs, with jitter buffers up to 16 kHz; whole huge pages',
  rooms: 'mix rooms',
  packets: 'packets that wait in jitter buffers, 16 chunks of 256 bytes a leg and 1024 more; whole huge pages',
  wideband: 'decoders of Opus but for what libopus has, and jitter buffers above 16 kHz: for `opus_legs_max`',
  encoders: 'encoders of Opus likewise, and those that legs share, half as many as legs',
  libopus: 'what libopus has of both',
  players: 'players',
  recorders: 'recorders, each with its limiters and resamplers; their rings come with each',
  coded: 'coded frames of 24 legs, and frames of 32 stations',
  turns: 'lists of who is served, and what is kept while rooms change their rate',
  rest: 'the engine itself, and datagrams as the kernel gives them',
};

export function arenaPage(): string {
  return [
    '# The arena',
    '',
    'Generated from `src/media/engine-layout.ts` by `tools/generate-arena-docs.ts`: do not edit.',
    '',
    'Each shard has one SharedArrayBuffer, its arena: all that the control thread and the engine say to each other, every',
    'frame, and every counter lie in it. The control thread lays it out and fills the header before the engine starts.',
    `This is version ${layout.layoutVersion}, checksum ${layoutChecksum().toString(16).padStart(8, '0')}: the addon refuses an arena that bears another.`,
    '',
    '## Rules',
    '',
    '1. Everything is little-endian and naturally aligned. Each part begins on a cache line of 64 bytes.',
    '2. Each word has one writer. The control thread writes the header, `stop`, `asleep`, `speech_asked`, the command',
    '   records and their `write`, the `read` of the events, `in_write`, `in_clear_to` and `out_read` of lanes and the in',
    '   frames. The engine writes the rest.',
    '3. A writer stores what it publishes before the position that publishes it (release); a reader loads the position first',
    '   (acquire). Positions count without end and wrap at 2^32; a place is the position modulo the capacity.',
    '4. A batch of commands becomes visible by one store of `write`, so the engine takes all of it at the edge of one tick.',
    '5. A slot is used again only after `leg_closed`; each use has a new generation, and a record of an older one is ignored.',
    '6. Counters are read without a lock, each word whole; two words may be of different ticks.',
    '7. The engine trusts nothing it reads here: it copies the header once, copies a record before it looks at',
    '   it, checks every number before it is an index, and takes an impossible position of the other side for an',
    '   empty or full ring.',
    '8. Whatever changes the place, type or order of a field changes the checksum by itself. Who changes the',
    '   meaning of one that stays in its place raises `layoutVersion`. There is no reading of older layouts: both',
    '   sides are built together.',
    '9. The first byte lies on a multiple of 16, which every allocator of large blocks gives; nothing relies on more.',
    '10. Who has found no event falls asleep, and says so by `asleep`. The engine looks after every tick whether there are',
    '    events for one who sleeps, and wakes it by a byte into a pipe, once for each sleep (`event_bell.h`).',
    '',
    '## Order',
    '',
    ...table(
      ['Part', 'Begins at', 'Size'],
      [
        ['`arena_header`', '0', placeBlock(layout.header).bytes],
        ['`control_block`', '`control_offset`', placeBlock(layout.control).bytes],
        ['command ring', '`command_ring_offset`', `\`ring_indices\`, then \`command_records\` × ${layout.recordBytes}`],
        ['event ring', '`event_ring_offset`', `\`ring_indices\`, then \`event_records\` × ${layout.recordBytes}`],
        ['`stats_block`', '`stats_offset`', placeBlock(layout.stats).bytes],
        ['leg slots', '`legs_offset`', `\`legs_max\` × ${placeBlock(layout.legSlot).bytes}`],
        ['frames', '`frames_offset`', `(${layout.batchLegs} + \`legs_max\`) × ${placeBlock(layout.framePair).bytes}`],
        [
          'lanes',
          '`lanes_offset`',
          `\`lanes_max\` × (\`lane_head\`, then ${layout.laneFramesMax} in and ${layout.laneFramesMax} out frames of ${layout.laneFrameBytes})`,
        ],
      ],
    ),
    '',
    '## Memory',
    '',
    'All that a shard will ever take is taken at its start, by the limits in the header alone, and itemised: in the log',
    '(`engine-memory`), in the metric `parley_shard_memory_bytes`, and by `parley doctor` before anything is started. A test',
    'holds the sum against what was allocated (`shard_memory_test.cc`), and fails when one more leg in G.711, with its share',
    'of all that grows with legs, takes more than 32 KiB (32,767 bytes now), or one in Opus more than 96 KiB beyond libopus',
    '(48,121). SRTP sessions, clips and the memory of rooms that span shards belong to the process, socket buffers to the kernel.',
    '',
    ...table(
      ['Part', 'What for'],
      Object.entries(memoryMeanings).map(([part, meaning]) => [`\`${part}\``, meaning]),
    ),
    '',
    '## Blocks',
    '',
    ...arenaBlocks.flatMap((block) => section(placeBlock(block))),
    '## Clips',
    '',
    'A clip is decoded sound: 48 kHz, one channel, int16. It lies in a SharedArrayBuffer of its own, beside the arenas, and',
    'any shard may play it: the control thread puts it into the clip table of the process and names it by its id in',
    '`open_player`. A whole clip is written once from the front, and may be played meanwhile; a stream is a ring. Whoever',
    'writes stores the samples before `written`, and the last `written` before `ended`. The engine reads the fixed words',
    'once, when the clip is put into the table, and takes positions beyond them for as much as there can be.',
    '',
    ...section(placeBlock(layout.clipHead)),
    '## Recording rings',
    '',
    'What a recorder takes down leaves the engine by a ring of its own, in a SharedArrayBuffer of its own: the control thread',
    'puts it into the table of rings of the process and names it by its id in `open_recorder`. The engine stores a frame',
    `before \`write\`; the thread that writes files takes it and then stores \`read\`. A ring holds ${layout.recordingFramesMax} frames, ${layout.recordingFramesMax / 50} s.`,
    'When it is full, frames are counted in `lost` and left out; the `at` of the next one tells where. `frames`, `lost` and',
    '`turn` are stored in every turn, and before `ended`.',
    '',
    ...section(placeBlock(layout.recordingHead)),
    ...section(placeBlock(layout.recordedFrame)),
    '## Records',
    '',
    `A record has ${layout.recordBytes} bytes and begins with its header; \`kind\` is the number before its name below.`,
    '',
    ...section(record),
    '## Commands, control thread to engine',
    '',
    ...layout.commands.flatMap(recordSection),
    '## Events, engine to control thread',
    '',
    ...layout.events.flatMap(recordSection),
    '## Enumerations',
    '',
    ...Object.entries({
      ...layout.enums,
      clip_kinds: layout.clipKinds,
      recorder_sources: layout.recorderSources,
      recorder_modes: layout.recorderModes,
      recording_ends: layout.recordingEnds,
    }).map(enumSection),
    '',
    `"None" is ${layout.none.toString(16)} everywhere. Histograms count ticks up to ${layout.tickHistogramEdgesUs.join(', ')} µs, and above.`,
    '',
  ].join('\n');
}

const text = arenaPage();
if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error('docs/arena.md is stale: run `npm run generate`');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
