import * as grpc from "@grpc/grpc-js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { type Change, type DetailedDiff, rootOf } from "./diff";
import type { Failure } from "./fields";
import type { Properties } from "./properties";

/** Makes a gRPC handler of a function of the request; what it throws becomes the call's error. */
export function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const fail = (error: Error & { metadata?: grpc.Metadata }) => {
      callback({ code: grpc.status.UNKNOWN, details: error.message, metadata: error.metadata });
    };
    // Wrapped so that what is thrown at once is caught too.
    (async () => answer(call.request))().then((response) => callback(null, response), fail);
  };
}

/** A message's struct as plain JavaScript; an absent one is empty. */
export function fromStruct(properties: struct.Struct | undefined): Properties {
  return (properties?.toJavaScript() as Properties | undefined) ?? {};
}

/** The reverse; undefined properties, which the wire has no word for, are left out. */
export function toStruct(properties: Properties): struct.Struct {
  const defined = Object.entries(properties).filter(([, value]) => value !== undefined);
  return struct.Struct.fromJavaScript(Object.fromEntries(defined) as { [key: string]: struct.JavaScriptValue });
}

export function checkResponse(inputs: Properties, failures: Failure[]): pb.CheckResponse {
  const response = new pb.CheckResponse();
  response.setInputs(toStruct(inputs));
  for (const { property, reason } of failures) {
    const failure = new pb.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    response.addFailures(failure);
  }
  return response;
}

export function diffResponse(changes: DetailedDiff, replaces: string[]): pb.DiffResponse {
  const response = new pb.DiffResponse();
  const paths = Object.keys(changes);
  const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
  response.setChanges(paths.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setHasdetaileddiff(true);
  response.setDiffsList([...new Set(paths.map(rootOf))]);
  response.setReplacesList(replaces);
  for (const [path, { kind, inputDiff }] of Object.entries(changes)) {
    const difference = new pb.PropertyDiff();
    difference.setKind(wireKind(kind, replaces.includes(rootOf(path))));
    difference.setInputdiff(inputDiff);
    response.getDetaileddiffMap().set(path, difference);
  }
  return response;
}

/**
 * The error for a resource that exists but is not as it should be: without it Pulumi would forget the resource. It travels
 * in the trailer that Go's gRPC reads details from.
 */
export function initFailed(reason: string, id: string, properties: Properties): Error {
  const detail = new pb.ErrorResourceInitFailed();
  detail.setId(id);
  detail.setProperties(toStruct(properties));
  detail.setInputs(toStruct(properties));
  detail.setReasonsList([reason]);
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const message = new status.Status();
  message.setCode(grpc.status.UNKNOWN);
  message.setMessage(reason);
  message.addDetails(packed);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(message.serializeBinary()));
  return Object.assign(new Error(reason), { metadata });
}

function wireKind(kind: Change, replace: boolean): pb.PropertyDiff.Kind {
  const { Kind } = pb.PropertyDiff;
  if (kind === "add") return replace ? Kind.ADD_REPLACE : Kind.ADD;
  if (kind === "delete") return replace ? Kind.DELETE_REPLACE : Kind.DELETE;
  return replace ? Kind.UPDATE_REPLACE : Kind.UPDATE;
}
