/** Disks of daemons that are bad: slow, full, or broken. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants as system, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('./disk.cc', import.meta.url));

type Environment = Readonly<Record<string, string>>;

/** The library that `disk.cc` is goes into `folder`. */
function preloaded(folder: string): Environment {
  const library = join(folder, 'disk.so');
  execFileSync('g++', ['-std=c++20', '-O1', '-shared', '-fPIC', '-o', library, source, '-ldl']);
  return { LD_PRELOAD: library };
}

export const slowDisk = (folder: string): Environment => ({ ...preloaded(folder), DISK_IS_SLOW: '1' });

/** One that goes bad and becomes good again while a daemon has its store on it. */
export type FickleDisk = {
  /** For the daemon: its store and what it needs. */
  readonly environment: Environment;
  readonly goBad: () => void;
  readonly recover: () => void;
  readonly remove: () => void;
};

function faulty(errorNumber: number): FickleDisk {
  const folder = mkdtempSync(join(tmpdir(), 'parley-disk-'));
  const fault = join(folder, 'fault');
  return {
    environment: { ...preloaded(folder), DISK_FAULT: fault, PARLEY_DATA_DIR: join(folder, 'data') },
    goBad: () => writeFileSync(fault, String(errorNumber)),
    recover: () => rmSync(fault),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** One that may stand still: nothing fails, and nothing that is to be written comes back. */
export type StallingDisk = {
  readonly environment: Environment;
  readonly stall: () => void;
  readonly goOn: () => void;
  readonly remove: () => void;
};

export function stallingDisk(): StallingDisk {
  const folder = mkdtempSync(join(tmpdir(), 'parley-disk-'));
  const stall = join(folder, 'stall');
  return {
    environment: { ...preloaded(folder), DISK_STALL: stall },
    stall: () => writeFileSync(stall, ''),
    goOn: () => rmSync(stall),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export const brokenDisk = (): FickleDisk => faulty(system.errno.EIO);

const sizeBytes = 8 * 1024 * 1024;

/** A file system of its own that another file fills; where none may be mounted, one that says that it is full. */
export function fullDisk(): FickleDisk {
  const folder = mkdtempSync(join(tmpdir(), 'parley-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', folder]);
  if (mounted.status !== 0) {
    rmSync(folder, { recursive: true });
    return faulty(system.errno.ENOSPC);
  }
  const filler = join(folder, 'filler');
  return {
    environment: { PARLEY_DATA_DIR: join(folder, 'data') },
    goBad: () => fill(filler),
    recover: () => rmSync(filler),
    remove() {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Until not one byte more can be written. */
function fill(file: string): void {
  for (let bytes = sizeBytes; bytes > 0; bytes = Math.floor(bytes / 2)) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
