/** Computes a value once for each key, also where callers wait for it at the same time. */
export async function once<Key extends object, Value>(
  known: WeakMap<Key, Promise<Value>>,
  key: Key,
  compute: () => Promise<Value>,
): Promise<Value> {
  const value = known.get(key) ?? compute();
  known.set(key, value);

  return await value;
}
