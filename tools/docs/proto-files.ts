/** The API as `buf build` describes it, comments included: as much of FileDescriptorSet (JSON) as the page needs. */
import { execFileSync } from 'node:child_process';

export type ProtoField = {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  /** Of messages and enums: with a dot before the package. */
  readonly typeName?: string;
  readonly label?: string;
  readonly oneofIndex?: number;
  readonly proto3Optional?: boolean;
};
export type ProtoEnum = {
  readonly name: string;
  readonly value: readonly { readonly name: string; readonly number?: number }[];
};
export type ProtoMessage = {
  readonly name: string;
  readonly field?: readonly ProtoField[];
  readonly oneofDecl?: readonly { readonly name: string }[];
  readonly nestedType?: readonly ProtoMessage[];
  readonly enumType?: readonly ProtoEnum[];
  /** The entries of a map are messages that nobody sees. */
  readonly options?: { readonly mapEntry?: boolean };
};
export type ProtoMethod = {
  readonly name: string;
  readonly inputType: string;
  readonly outputType: string;
  readonly clientStreaming?: boolean;
  readonly serverStreaming?: boolean;
  readonly options?: { readonly idempotencyLevel?: string };
};
export type ProtoService = { readonly name: string; readonly method: readonly ProtoMethod[] };
type Location = { readonly path?: readonly number[]; readonly leadingComments?: string };
export type ProtoFile = {
  readonly name: string;
  readonly package: string;
  readonly messageType?: readonly ProtoMessage[];
  readonly enumType?: readonly ProtoEnum[];
  readonly service?: readonly ProtoService[];
  readonly sourceCodeInfo: { readonly location: readonly Location[] };
};

/** Numbers of the fields of descriptor.proto, of which paths of comments are made. */
export const pathOf = {
  message: 4,
  enum: 5,
  service: 6,
  field: 2,
  nestedMessage: 3,
  nestedEnum: 4,
  oneof: 8,
  value: 2,
  method: 2,
} as const;

/** A comment as paragraphs; none where nothing is said. */
export type CommentAt = (path: readonly number[]) => readonly string[];

export function commentsOf(file: ProtoFile): CommentAt {
  const byPath = new Map(
    file.sourceCodeInfo.location.map(({ path = [], leadingComments = '' }) => [path.join('.'), leadingComments]),
  );
  return (path) =>
    (byPath.get(path.join('.')) ?? '')
      .split(/\n\s*\n/)
      .map((paragraph) => paragraph.trim().replaceAll(/\s*\n\s*/g, ' '))
      .filter((paragraph) => paragraph !== '');
}

/** Files of `package`, in the order of their names. */
export function protoFiles(packageName: string): readonly ProtoFile[] {
  const described = execFileSync('node_modules/.bin/buf', ['build', 'proto', '-o', '-#format=json'], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const { file }: { readonly file: readonly ProtoFile[] } = JSON.parse(described);
  return file.filter((one) => one.package === packageName).sort((a, b) => (a.name < b.name ? -1 : 1));
}
