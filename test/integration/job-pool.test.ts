import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createJobPool, jobNice } from '../../src/adapters/jobs/job-pool.js';
import { wholeClip } from '../../src/media/clip-memory.js';
import { holdMusicSamples } from '../../src/sound/hold-music.js';
import { ClipPlayer } from '../support/clip-player.js';

/** Of each thread of this process (proc(5), field 19 of stat; the name before may have spaces). */
const niceValues = (): readonly number[] =>
  readdirSync('/proc/self/task').map((task) => {
    const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });

/** On a busy machine they stand back for minutes. */
const timeout = 300_000;

it('jobs run in threads that stand back, and no other thread does', { timeout }, async () => {
  const before = niceValues();
  const pool = createJobPool();
  const memory = wholeClip(holdMusicSamples);
  await pool.renderMusic({ memory });
  expect(new ClipPlayer(memory).play()).toHaveLength(holdMusicSamples);
  const least = Math.min(...before);
  expect(niceValues()).toContain(Math.min(19, least + jobNice));
  expect(niceValues()).toContain(least);
  await pool.close();
});
