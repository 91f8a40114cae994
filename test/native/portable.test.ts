/** The built addons run on any CPU of their kind: better instruction sets are used only where the CPU has them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const addons = ['build/release/parley.node', 'build/release/parley-encoders.node'] as const;
const read = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe'] });

describe('the addons', () => {
  it('are compiled for no CPU in particular', () => {
    const units: readonly { readonly file: string; readonly command: string }[] = JSON.parse(
      readFileSync('build/release/compile_commands.json', 'utf8'),
    );
    expect(units.length).toBeGreaterThan(50);
    const particular = / -m(arch|cpu|tune|sse\S*|avx\S*|fma)\b/;
    expect(units.filter(({ command }) => particular.test(command)).map(({ file }) => file)).toEqual([]);
  });

  it.each(addons)('ask of %s for no newer C and C++ library than docs/install.md says', (addon) => {
    const page = readFileSync('docs/install.md', 'utf8');
    const newest = (name: string, text: string): string =>
      [...text.matchAll(new RegExp(`\\b${name}_([0-9.]+)`, 'g'))]
        .map(([, version = '']) => version)
        .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
        .at(-1) ?? '0';
    const symbols = read('objdump', '-T', addon);
    for (const name of ['GLIBC', 'GLIBCXX']) {
      const [asked, allowed] = [newest(name, symbols), newest(name, page)];
      expect(asked.localeCompare(allowed, 'en', { numeric: true }), `${name}_${asked}`).toBeLessThanOrEqual(0);
    }
  });

  it('are linked with the libraries of tools/apt-packages.txt, and with what every Node needs', () => {
    const ofNode = /^(libstdc\+\+|libm|libgcc_s|libc|ld-linux-[a-z0-9-]+)\.so/;
    const linked = addons.flatMap((addon) => [...read('objdump', '-p', addon).matchAll(/NEEDED\s+(\S+)/g)]);
    const libraries = new Set(linked.map(([, name = '']) => name).filter((name) => !ofNode.test(name)));
    // As Debian names the packages of libraries: by their names and the numbers of their interfaces.
    const packages = [...libraries].map((name) => name.replace('.so.', '').toLowerCase());
    const declared = [...readFileSync('tools/apt-packages.txt', 'utf8').matchAll(/^run\s+(\S+)/gm)];
    expect(packages.sort()).toEqual(declared.map(([, name]) => name));
  });
});

describe.runIf(process.arch === 'x64')('the engine on x86-64', () => {
  const addon = addons[0];

  it('has its kernels for SSE4, AVX2 and AVX-512, and for CPUs without any of them', () => {
    const targets = new Set([...read('nm', '-C', addon).matchAll(/\bN_([A-Z0-9_]+)::/g)].map(([, name]) => name));
    expect([...targets].sort()).toEqual(['AVX2', 'AVX3', 'SCALAR', 'SSE4']);
  });

  it('has no instruction of AVX outside the kernels that are chosen for it', () => {
    let inside = '';
    const found = new Set<string>();
    let inKernels = 0;
    for (const line of read('objdump', '--disassemble', '--demangle', '--no-show-raw-insn', addon).split('\n')) {
      const [, name] = /^[0-9a-f]+ <(.*)>:$/.exec(line) ?? [];
      if (name !== undefined) inside = name;
      else if (/\tv[a-z0-9]+ |%[yz]mm/.test(line)) {
        if (/\bN_AVX/.test(inside)) inKernels += 1;
        else found.add(inside);
      }
    }
    expect([...found]).toEqual([]);
    expect(inKernels).toBeGreaterThan(1000);
  });

  it.each([
    ['Haswell', ['AVX2', 'SSE4', 'SCALAR']],
    ['Westmere', ['SSE4', 'SCALAR']],
    // It has SSE4.2, and lacks the AES that Highway wants of this set, too.
    ['Nehalem', ['SCALAR']],
  ] as const)('runs on a %s, with what that has', { timeout: 60_000 }, (cpu, targets) => {
    const script = `console.log(JSON.stringify(require('./${addon}').simdTargets()))`;
    // Without its own compilers Node asks for no more than x86-64 either.
    const said = read('qemu-x86_64', '-cpu', cpu, process.execPath, '--jitless', '-e', script);
    expect(JSON.parse(said)).toEqual(targets);
  });
});
