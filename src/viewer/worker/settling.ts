/** A promise, and what settles it. */
export interface Settling<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: Error): void;
}

export function settling<Value>(): Settling<Value> {
  const made: { resolve?: (value: Value) => void; reject?: (error: Error) => void } = {};
  const promise = new Promise<Value>((resolve, reject) => {
    made.resolve = resolve;
    made.reject = reject;
  });
  return { promise, resolve: (value) => made.resolve?.(value), reject: (error) => made.reject?.(error) };
}
