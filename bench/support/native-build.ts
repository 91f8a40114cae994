/** Builds the native programs of the bench when they are asked for, of the same objects as the addon. */
import { execFileSync } from 'node:child_process';

const folder = 'build/release';

/** Where a built program lies: those of bench/ and those beside the sources of native/. */
export const nativeProgram = (name: string): string =>
  `${folder}/${name === 'rtp_load' || name === 'udp_echo' ? 'bench' : 'native'}/${name}`;

/** Throws with the compiler's words when it fails. */
export function buildNative(programs: readonly string[]): void {
  const flags = ['-DCMAKE_BUILD_TYPE=Release', '-DPARLEY_BENCH=ON'];
  execFileSync('cmake', ['-S', '.', '-B', folder, '-G', 'Ninja', ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('cmake', ['--build', folder, '--target', ...programs], { stdio: ['ignore', 'pipe', 'inherit'] });
}
