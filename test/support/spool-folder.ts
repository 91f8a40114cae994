/** A folder of spools that goes with its test, and disks that are not what they should be. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskFiles, type SpoolFiles } from '../../src/adapters/capture/spool-files.js';
import { growingWavHeaderBytes } from '../../src/recordings/wav-header.js';

export function spoolFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-spools-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Samples behind the header of a spool, as they lie there. */
export function samplesOf(path: string): Int16Array {
  const bytes = readFileSync(path).subarray(growingWavHeaderBytes);
  return new Int16Array(Uint8Array.from(bytes).buffer, 0, bytes.length >> 1);
}

/** The value of each frame of a spool in which every sample of a frame is alike. */
export function frameValues(path: string, frameSamples: number): readonly number[] {
  const samples = samplesOf(path);
  return Array.from({ length: samples.length / frameSamples }, (_, frame) => {
    const values = new Set(samples.subarray(frame * frameSamples, (frame + 1) * frameSamples));
    return values.size === 1 ? ([...values][0] ?? Number.NaN) : Number.NaN;
  });
}

/** A real disk that refuses what it is asked while it is told to. */
export class MoodyDisk implements SpoolFiles {
  refusal: string | null = null;
  readonly calls: string[] = [];

  create(path: string): number {
    return this.#ask('create', () => diskFiles.create(path));
  }
  write(file: number, bytes: Uint8Array, at: number): void {
    this.#ask('write', () => diskFiles.write(file, bytes, at));
  }
  resize(file: number, bytes: number): void {
    this.#ask('resize', () => diskFiles.resize(file, bytes));
  }
  async sync(file: number): Promise<void> {
    this.#ask('sync', () => {});
    await diskFiles.sync(file);
  }
  close(file: number): void {
    this.calls.push('close');
    diskFiles.close(file);
  }

  #ask<T>(what: string, work: () => T): T {
    if (this.refusal !== null) throw new Error(this.refusal);
    this.calls.push(what);
    return work();
  }
}
