/** The library that makes the disk of a daemon slow (`slow-disk.cc`), compiled where it is wanted. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('./slow-disk.cc', import.meta.url));

/** For the environment of a daemon. `folder` is where the library goes. */
export function slowDisk(folder: string): Readonly<Record<string, string>> {
  const library = join(folder, 'slow-disk.so');
  execFileSync('g++', ['-std=c++20', '-O1', '-shared', '-fPIC', '-o', library, source, '-ldl']);
  return { LD_PRELOAD: library };
}
