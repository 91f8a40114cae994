/**
 * Server reflection, so that grpcurl and buf curl need no files: the schema is served from the generated descriptors.
 */
import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { file_google_rpc_error_details } from '../../gen/google/rpc/error_details_pb.js';
import { file_grpc_health_v1_health } from '../../gen/grpc/health/v1/health_pb.js';

/**
 * What clients need beyond our services: the health service, whose own package describes it in a way that clients
 * refuse, and the error details that no method names.
 */
const unnamedFiles = [file_grpc_health_v1_health, file_google_rpc_error_details];

export function serveReflection(server: Server, services: readonly Pick<DescService, 'file'>[]): void {
  const files = new Set<DescFile>();
  for (const { file } of services) addWithDependencies(file, files);
  for (const file of unnamedFiles) addWithDependencies(file, files);
  const fileDescriptorProtos = [...files].map((file) => Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto)));
  // Of a package definition, reflection reads the files and nothing else; an enum is the least that may carry them.
  const schema = { format: 'Protocol Buffer 3 EnumDescriptorProto' as const, type: {}, fileDescriptorProtos };
  new ReflectionService({ schema }).addToServer(server);
}

function addWithDependencies(file: DescFile, files: Set<DescFile>): void {
  if (files.has(file)) return;
  files.add(file);
  for (const dependency of file.dependencies) addWithDependencies(dependency, files);
}
