/**
 * Writes docs/rpc.md from the comments of proto/parley/v1.
 * `--check` writes nothing and fails when the committed page is not what would be written.
 */
import { code, settlePage, table } from './docs/page.js';
import {
  type CommentAt,
  commentsOf,
  type ProtoEnum,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoMethod,
  type ProtoService,
  pathOf,
  protoFiles,
} from './docs/proto-files.js';

const packageName = 'parley.v1';

/** What Markdown would take for a tag. */
const plain = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;')))
    .join('');

const shortName = (typeName: string): string => typeName.replace(`.${packageName}.`, '').replace(/^\./, '');
const anchorOf = (name: string): string => name.toLowerCase().replaceAll('.', '');

function typeLink(typeName: string): string {
  const name = shortName(typeName);
  return typeName.startsWith(`.${packageName}.`) ? `[${name}](#${anchorOf(name)})` : code(name);
}

function fieldType({ type, typeName, label, proto3Optional }: ProtoField, message: ProtoMessage): string {
  const entry = message.nestedType?.find(({ name }) => typeName?.endsWith(`.${message.name}.${name}`) === true);
  if (entry?.options?.mapEntry === true) {
    return `map of ${(entry.field ?? []).map((field) => fieldType(field, entry)).join(' to ')}`;
  }
  const name = typeName === undefined ? type.replace('TYPE_', '').toLowerCase() : typeLink(typeName);
  if (label === 'LABEL_REPEATED') return `repeated ${name}`;
  return proto3Optional === true ? `optional ${name}` : name;
}

const said = (paragraphs: readonly string[]): string => plain(paragraphs.join(' '));

function fieldRows(message: ProtoMessage, at: readonly number[], comments: CommentAt): readonly (readonly string[])[] {
  let shownOneof: number | null = null;
  return (message.field ?? []).flatMap((field, index) => {
    const meaning = said(comments([...at, pathOf.field, index]));
    const oneof = field.proto3Optional === true ? undefined : field.oneofIndex;
    const rows: string[][] = [];
    if (oneof !== undefined && oneof !== shownOneof) {
      const name = message.oneofDecl?.[oneof]?.name ?? '';
      rows.push([`*one of* ${code(name)}`, '', said(comments([...at, pathOf.oneof, oneof]))]);
    }
    shownOneof = oneof ?? null;
    rows.push([`${oneof === undefined ? '' : '– '}${code(field.name)}`, fieldType(field, message), meaning]);
    return rows;
  });
}

function messagePart(message: ProtoMessage, at: readonly number[], comments: CommentAt, outer = ''): readonly string[] {
  const name = `${outer}${message.name}`;
  const rows = fieldRows(message, at, comments);
  return [
    '',
    `### ${name}`,
    '',
    ...comments(at).map(plain).join('\n\n').split('\n'),
    ...(rows.length === 0 ? ['', 'It has no fields.'] : ['', ...table(['Field', 'Type', 'Meaning'], rows)]),
    ...(message.nestedType ?? []).flatMap((nested, index) =>
      nested.options?.mapEntry === true
        ? []
        : messagePart(nested, [...at, pathOf.nestedMessage, index], comments, `${name}.`),
    ),
    ...(message.enumType ?? []).flatMap((nested, index) =>
      enumPart(nested, [...at, pathOf.nestedEnum, index], comments, `${name}.`),
    ),
  ];
}

function enumPart(of: ProtoEnum, at: readonly number[], comments: CommentAt, outer = ''): readonly string[] {
  const rows = of.value.map(({ name, number = 0 }, index) => [
    code(name),
    String(number),
    said(comments([...at, pathOf.value, index])),
  ]);
  const head = ['Value', 'Number', 'Meaning'];
  return ['', `### ${outer}${of.name}`, '', said(comments(at)), '', ...table(head, rows)];
}

function methodPart(service: ProtoService, method: ProtoMethod, paragraphs: readonly string[]): readonly string[] {
  const streamed = (isStreamed: boolean | undefined, type: string) =>
    `${isStreamed === true ? 'stream of ' : ''}${typeLink(type)}`;
  const asked = streamed(method.clientStreaming, method.inputType);
  const answered = streamed(method.serverStreaming, method.outputType);
  const changesNothing = method.options?.idempotencyLevel === 'NO_SIDE_EFFECTS' ? '; changes nothing' : '';
  return [
    '',
    `### ${service.name}.${method.name}`,
    '',
    `${asked} → ${answered}${changesNothing}`,
    '',
    ...paragraphs.map(plain).join('\n\n').split('\n'),
  ];
}

function servicePart(service: ProtoService, at: readonly number[], comments: CommentAt): readonly string[] {
  return [
    '',
    `## ${service.name}`,
    '',
    ...comments(at).map(plain).join('\n\n').split('\n'),
    ...service.method.flatMap((method, index) => methodPart(service, method, comments([...at, pathOf.method, index]))),
  ];
}

/** `dial.proto` is about `Dial`. */
function titleOf({ name }: ProtoFile): string {
  const base = name.replace(/^.*\/|\.proto$/g, '').replaceAll('_', ' ');
  return `Messages of ${base}`;
}

function filePart(file: ProtoFile): readonly string[] {
  const comments = commentsOf(file);
  const services = (file.service ?? []).flatMap((service, index) =>
    servicePart(service, [pathOf.service, index], comments),
  );
  return [
    ...(services.length > 0 ? services : ['', `## ${titleOf(file)}`]),
    ...(file.messageType ?? []).flatMap((message, index) => messagePart(message, [pathOf.message, index], comments)),
    ...(file.enumType ?? []).flatMap((of, index) => enumPart(of, [pathOf.enum, index], comments)),
  ];
}

const files = protoFiles(packageName);
const withService = files.filter(({ service }) => service !== undefined);
const shared = files.filter(({ service }) => service === undefined);

const serviceRows = withService.flatMap((file) =>
  (file.service ?? []).map(({ name, method }, index) => [
    `[${name}](#${anchorOf(name)})`,
    said(commentsOf(file)([pathOf.service, index]).slice(0, 1)),
    method.map((one) => `[${one.name}](#${anchorOf(`${name}.${one.name}`)})`).join(', '),
  ]),
);

settlePage('docs/rpc.md', [
  '# Every RPC',
  '',
  `Generated from the comments of \`proto/parley/v1\` by \`tools/generate-rpc-docs.ts\`: do not edit.`,
  '',
  'Every service, method, message, field and value of the gRPC API. How to call it, and what its errors mean:',
  '[grpc.md](grpc.md). In JSON the names of fields are written `likeThis`.',
  '',
  ...table(['Service', 'What it does', 'Methods'], serviceRows),
  ...withService.flatMap(filePart),
  ...shared.flatMap(filePart),
]);
