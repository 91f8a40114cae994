import { checkLines, type Rule } from './rule.js';

/** Which folders of native/ a folder may include beside its own; the engine wires everything, the binding only it. */
const folders: Readonly<Record<string, readonly string[]>> = {
  base: [],
  kernels: ['base'],
  codecs: ['base', 'kernels'],
  rtp: ['base'],
  net: ['base'],
  jitter: ['base', 'rtp', 'kernels'],
  mixer: ['base', 'kernels'],
  playback: ['base', 'kernels'],
  capture: ['base'],
  encoders: [],
  engine: ['base', 'kernels', 'codecs', 'rtp', 'net', 'jitter', 'mixer', 'playback', 'capture'],
  node: ['base', 'encoders', 'engine', 'net', 'kernels', 'playback', 'capture', 'rtp'],
};

/** The one definition both languages are generated from: records, blocks and sizes, known to all. */
const sharedLayout = 'engine/layout.generated.h';

/** Headers from outside that only some folders may see. */
const reserved: readonly (readonly [header: RegExp, folders: readonly string[], reason: string])[] = [
  [/^(hwy\/|.*foreach_target)/, ['kernels'], 'SIMD stays in kernels/'],
  [/^(napi|node_api|js_native_api)/, ['node'], 'JavaScript stays in node/'],
  [/^(sys\/socket|netinet\/|arpa\/|netdb)/, ['net'], 'sockets stay in net/'],
  [/^(functional|iostream|mutex|condition_variable|shared_mutex|future|thread|regex)$/, [], 'not for a tick'],
];

export const nativeIncludes: Rule = {
  name: 'native folders include only those below them',
  appliesTo: (path) => /^native\/\w+\/.*\.(cc|h)$/.test(path),
  check: (file) => {
    const folder = file.path.split('/')[1] ?? '';
    const isTest = /_(test|fuzz|bench)\.cc$/.test(file.path) || folder === 'testing';
    return checkLines(file, (line) => {
      const [, bracket, header = ''] = /^\s*#\s*include\s+(["<])([^">]+)[">]/.exec(line) ?? [];
      if (bracket === undefined || header === sharedLayout) return null;
      const rule = reserved.find(([pattern]) => pattern.test(header));
      if (rule !== undefined && !rule[1].includes(folder) && !isTest) return `${header}: ${rule[2]}`;
      const [target = ''] = header.split('/');
      if (bracket === '<' || !Object.hasOwn(folders, target) || target === folder || isTest) return null;
      return (folders[folder] ?? []).includes(target) ? null : `${folder}/ may not include ${target}/`;
    });
  },
};
