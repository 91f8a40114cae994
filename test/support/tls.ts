/** A certificate that a test replaces. */
import { readFileSync } from 'node:fs';
import type { TlsIdentity, TlsPem } from '../../src/app/tls.js';
import type { Issued } from './certificates.js';

export class TestIdentity implements TlsIdentity {
  readonly #clientAuthorities: string | null;
  readonly #listeners: ((pem: TlsPem) => void)[] = [];
  #pem: TlsPem;

  /** `clientCaFile`: null where clients show none. */
  constructor(issued: Issued, clientCaFile: string | null = null) {
    this.#clientAuthorities = clientCaFile === null ? null : readFileSync(clientCaFile, 'utf8');
    this.#pem = this.#read(issued);
  }

  current(): TlsPem {
    return this.#pem;
  }

  onChange(listener: (pem: TlsPem) => void): void {
    this.#listeners.push(listener);
  }

  replace(issued: Issued): void {
    this.#pem = this.#read(issued);
    for (const tell of this.#listeners) tell(this.#pem);
  }

  #read({ cert, key }: Issued): TlsPem {
    const [certText, keyText] = [readFileSync(cert, 'utf8'), readFileSync(key, 'utf8')];
    return { cert: certText, key: keyText, clientAuthorities: this.#clientAuthorities };
  }
}
