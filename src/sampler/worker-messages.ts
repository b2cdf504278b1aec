import { CollectError, type SystemCode, UnsupportedSystemError } from "../system/errors.js";
import type { FrameGroup } from "./frame-group.js";

/*
 * What a sampling worker and its owner say to each other. The worker begins with "opened" or "failed". Then the owner sends it
 * two buffers: each comes with a group of frames, and goes back when the owner asks for the next. So at most one group lies at
 * the owner's that nobody has looked at, and a worker without a buffer merges its samples.
 */

/** From the worker to its owner. */
export type WorkerMessage =
  | { readonly kind: "opened"; readonly sources: readonly string[] }
  | GroupMessage
  | { readonly kind: "failed"; readonly error: PostedError };

/** A group of frames, one after the other in a buffer that is transferred. */
export interface GroupMessage extends Omit<FrameGroup, "frames"> {
  readonly kind: "group";
  readonly buffer: ArrayBuffer;
  /** Of each frame. */
  readonly byteLengths: readonly number[];
}

/** From the owner to its worker: a buffer, which asks for a group and is transferred, or that the next group shall be the last. */
export type OwnerMessage = ArrayBuffer | "finish";

/** Buffers that go to and fro. */
export const BUFFERS = 2;

/** An error as it can be posted: what is copied to another thread is of no class any more. */
export interface PostedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a CollectError. */
  readonly collect?: { readonly source: string; readonly code: SystemCode; readonly codes: readonly number[] };
}

export function postedError(error: unknown): PostedError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof CollectError)) return { name, message, stack };
  const { source, code, codes } = error;
  return { name, message, stack, collect: { source, code, codes } };
}

/** The error that was posted, of its own class where others ask for that. */
export function receivedError({ name, message, stack, collect }: PostedError): Error {
  const error = errorOf(name, message, collect);
  error.message = message;
  if (stack !== undefined) error.stack = stack;
  return error;
}

function errorOf(name: string, message: string, collect: PostedError["collect"]): Error {
  if (collect) return new CollectError(collect.source, collect.code, collect.codes, "");
  if (name === "UnsupportedSystemError") return new UnsupportedSystemError(message);
  const error = new Error(message);
  error.name = name;
  return error;
}
