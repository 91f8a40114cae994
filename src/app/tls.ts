/** What a listener shows of itself to those who connect, as it is now: a certificate is replaced while it listens. */

export type TlsPem = {
  /** Its certificates, its own first, and its key. */
  readonly cert: string;
  readonly key: string;
  /** Authorities of clients, each of whom has to show a certificate; null: they show none. */
  readonly clientAuthorities: string | null;
};

export interface TlsIdentity {
  current(): TlsPem;
  /** From then on connections that begin are shown the new one; those there are go on. */
  onChange(listener: (pem: TlsPem) => void): void;
}
