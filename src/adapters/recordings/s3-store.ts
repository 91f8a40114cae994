/** S3, and what speaks like it, by the SDK of AWS. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { FileSlice, ObjectStore, StoredObject, StoredPart } from './object-store.js';
import { refusalOf, statusOf } from './s3-refusal.js';
import { pieceBytesMax } from './storage.js';

export type S3Options = {
  readonly bucket: string;
  /** Null: that of AWS in the region. */
  readonly endpoint: string | null;
  readonly region: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  readonly isPathStyle: boolean;
  readonly encryption: 'off' | 'sse-s3' | 'sse-kms';
  /** Null: the one that the store takes by itself. */
  readonly kmsKeyId: string | null;
  /** Null: as every program of AWS finds its credentials. */
  readonly credentialFiles: { readonly accessKey: string; readonly secretKey: string } | null;
};

const connectMsMax = 5000;
/** Without a byte either way. */
const idleMsMax = 30_000;
/** Credentials in files may be changed while they are in use. */
const credentialsMs = 300_000;
/** Times that a range is asked for again from where it broke off, before anything of it came. */
const readTriesMax = 3;

const markName = 'parley-mark';

export class S3Store implements ObjectStore {
  readonly refusalOf: (error: unknown) => string | null;
  readonly #options: S3Options;
  readonly #client: S3Client;

  constructor(options: S3Options) {
    this.#options = options;
    // It would say on standard error, which is the log, that it will want another Node.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    this.#client = new S3Client(configOf(options));
    this.refusalOf = (error) => refusalOf(error, options.bucket);
  }

  async check(): Promise<void> {
    const { bucket, prefix } = this.#options;
    await this.#client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, MaxUploads: 1 }));
  }

  async stat(key: string): Promise<StoredObject | null> {
    try {
      const found = await this.#client.send(new HeadObjectCommand(this.#named(key)));
      const { ContentLength: bytes = 0, LastModified: storedAt, Metadata: metadata } = found;
      return { bytes, storedAtMs: storedAt?.getTime() ?? 0, mark: metadata?.[markName] ?? null };
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }

  async *read(key: string, first: number, last: number): AsyncGenerator<Uint8Array> {
    let tries = 0;
    for (let at = first; at <= last; ) {
      try {
        for await (const piece of this.#range(key, at, last)) {
          at += piece.length;
          tries = 0;
          yield piece;
        }
        if (at <= last) throw new Error('the store sent less than it has');
      } catch (error) {
        tries += 1;
        if (tries >= readTriesMax || statusOf(error) === 404) throw error;
      }
    }
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#named(key)));
  }

  async put(key: string, slice: FileSlice, mark: string, signal: AbortSignal): Promise<void> {
    await this.#sending(slice, (body) =>
      this.#client.send(new PutObjectCommand({ ...this.#named(key), ...this.#made(mark), ...body }), {
        abortSignal: signal,
      }),
    );
  }

  async begin(key: string, mark: string): Promise<string> {
    const { UploadId } = await this.#client.send(
      new CreateMultipartUploadCommand({ ...this.#named(key), ...this.#made(mark) }),
    );
    if (UploadId === undefined) throw new Error('the store began an upload without a name');
    return UploadId;
  }

  async parts(key: string, upload: string): Promise<ReadonlyMap<number, StoredPart> | null> {
    const found = new Map<number, StoredPart>();
    let after: string | undefined;
    try {
      do {
        const page = await this.#client.send(
          new ListPartsCommand({ ...this.#named(key), UploadId: upload, PartNumberMarker: after }),
        );
        for (const { PartNumber: number, Size: bytes, ETag: etag } of page.Parts ?? []) {
          if (number !== undefined && bytes !== undefined && etag !== undefined) found.set(number, { bytes, etag });
        }
        after = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
      } while (after !== undefined);
      return found;
    } catch (error) {
      if (isOfNoUpload(error)) return null;
      throw error;
    }
  }

  async putPart(
    key: string,
    upload: string,
    number: number,
    slice: FileSlice,
    signal: AbortSignal,
  ): Promise<StoredPart> {
    const named = { ...this.#named(key), UploadId: upload, PartNumber: number };
    const { ETag: etag } = await this.#sending(slice, (body) =>
      this.#client.send(new UploadPartCommand({ ...named, ...body }), { abortSignal: signal }),
    );
    if (etag === undefined) throw new Error('the store took a part without a tag');
    return { bytes: slice.end - slice.first, etag };
  }

  async complete(key: string, upload: string, parts: ReadonlyMap<number, StoredPart>): Promise<void> {
    const Parts = [...parts].map(([PartNumber, { etag }]) => ({ PartNumber, ETag: etag }));
    await this.#client.send(
      new CompleteMultipartUploadCommand({ ...this.#named(key), UploadId: upload, MultipartUpload: { Parts } }),
    );
  }

  async abort(key: string, upload: string): Promise<void> {
    try {
      await this.#client.send(new AbortMultipartUploadCommand({ ...this.#named(key), UploadId: upload }));
    } catch (error) {
      if (!isOfNoUpload(error)) throw error;
    }
  }

  async uploads(key: string): Promise<readonly string[]> {
    const { Bucket, Key } = this.#named(key);
    const found: string[] = [];
    let after: { readonly KeyMarker?: string | undefined; readonly UploadIdMarker?: string | undefined } | null = {};
    while (after !== null) {
      const page: Awaited<ReturnType<typeof listUploads>> = await listUploads(this.#client, {
        ...{ Bucket, Prefix: Key },
        ...after,
      });
      // Others may begin with the same letters.
      for (const each of page.Uploads ?? []) {
        if (each.Key === Key && each.UploadId !== undefined) found.push(each.UploadId);
      }
      after =
        page.IsTruncated === true ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : null;
    }
    return found;
  }

  close(): void {
    this.#client.destroy();
  }

  #named(key: string): { readonly Bucket: string; readonly Key: string } {
    const { bucket, prefix } = this.#options;
    return { Bucket: bucket, Key: `${prefix}${key}` };
  }

  #made(mark: string) {
    const { encryption, kmsKeyId } = this.#options;
    const metadata = { Metadata: { [markName]: mark }, ContentType: 'application/octet-stream' };
    switch (encryption) {
      case 'off':
        return metadata;
      case 'sse-s3':
        return { ...metadata, ServerSideEncryption: 'AES256' as const };
      case 'sse-kms': {
        const key = kmsKeyId === null ? {} : { SSEKMSKeyId: kmsKeyId };
        return { ...metadata, ...key, ServerSideEncryption: 'aws:kms' as const };
      }
    }
  }

  /** In pieces of at most `pieceBytesMax`; may end early. */
  async *#range(key: string, first: number, last: number): AsyncGenerator<Uint8Array> {
    const answer = await this.#client.send(
      new GetObjectCommand({ ...this.#named(key), Range: `bytes=${first}-${last}` }),
    );
    if (answer.ContentLength !== last + 1 - first)
      throw new Error('the store sent another range than it was asked for');
    if (answer.Body === undefined) throw new Error('the store sent no range');
    const body = answer.Body as AsyncIterable<Uint8Array>;
    for await (const chunk of body) {
      for (let at = 0; at < chunk.length; at += pieceBytesMax) yield chunk.subarray(at, at + pieceBytesMax);
    }
  }

  /**
   * With a checksum of its own, which every store compares, so that no other one need be reckoned over the body. A
   * stream, so that memory is the same however large it is; whoever asked tries again, not the client.
   */
  async #sending<T>({ path, first, end }: FileSlice, send: (body: SentBody) => Promise<T>): Promise<T> {
    const read = () => createReadStream(path, { start: first, end: end - 1 });
    const md5 = createHash('md5');
    if (end > first) for await (const piece of read()) md5.update(piece);
    const body = end > first ? read() : null;
    try {
      return await send({
        Body: body ?? new Uint8Array(0),
        ContentLength: end - first,
        ContentMD5: md5.digest('base64'),
      });
    } finally {
      body?.destroy();
    }
  }
}

type SentBody = {
  readonly Body: ReturnType<typeof createReadStream> | Uint8Array;
  readonly ContentLength: number;
  readonly ContentMD5: string;
};

const listUploads = (client: S3Client, input: ConstructorParameters<typeof ListMultipartUploadsCommand>[0]) =>
  client.send(new ListMultipartUploadsCommand(input));

const isOfNoUpload = (error: unknown): boolean => error instanceof Error && error.name === 'NoSuchUpload';

function configOf({ endpoint, region, isPathStyle, credentialFiles }: S3Options): S3ClientConfig {
  return {
    region,
    forcePathStyle: isPathStyle,
    ...(endpoint === null ? {} : { endpoint }),
    ...(credentialFiles === null ? {} : { credentials: () => credentialsIn(credentialFiles) }),
    // Older stores know no other checksums than that of the header Content-MD5.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // What goes wrong is told by whoever asked, in the log of the daemon.
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    requestHandler: { connectionTimeout: connectMsMax, socketTimeout: idleMsMax },
  };
}

async function credentialsIn({ accessKey, secretKey }: NonNullable<S3Options['credentialFiles']>) {
  const line = async (path: string): Promise<string> => (await readFile(path, 'utf8')).trim();
  return {
    accessKeyId: await line(accessKey),
    secretAccessKey: await line(secretKey),
    expiration: new Date(Date.now() + credentialsMs),
  };
}
