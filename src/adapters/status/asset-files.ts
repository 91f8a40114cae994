/** The files that browsers load, read once: small, and told from those of another version by their tags. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

export type Asset = { readonly type: string; readonly bytes: Uint8Array; readonly etag: string };

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** By name. Of this folder, and what is of no type that a page needs is not served. */
export function readAssets(folder: URL): ReadonlyMap<string, Asset> {
  const assets = readdirSync(folder).flatMap((name): readonly (readonly [string, Asset])[] => {
    const type = types[name.slice(name.lastIndexOf('.') + 1)];
    if (type === undefined) return [];
    const bytes = readFileSync(new URL(name, folder));
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    return [[name, { type, bytes, etag }]];
  });
  return new Map(assets);
}
