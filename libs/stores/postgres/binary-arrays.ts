/** PostgreSQL's binary form of arrays without nulls: nothing to escape here, nothing to parse there. */

const INT4 = 23;
const TEXT = 25;
const UUID = 2950;

export function int4Array(values: readonly number[]): Buffer {
  const buffer = withHeader(INT4, values.length, 8 * values.length);
  let at = HEADER;
  for (const value of values) {
    buffer.writeInt32BE(4, at);
    buffer.writeInt32BE(value, at + 4);
    at += 8;
  }
  return buffer;
}

export function textArray(values: readonly string[]): Buffer {
  const sizes = values.map((value) => Buffer.byteLength(value));
  const buffer = withHeader(TEXT, values.length, sizes.reduce((sum, size) => sum + 4 + size, 0));
  let at = HEADER;
  values.forEach((value, index) => {
    const size = sizes[index] ?? 0;
    buffer.writeInt32BE(size, at);
    buffer.write(value, at + 4);
    at += 4 + size;
  });
  return buffer;
}

export function uuidArray(values: readonly string[]): Buffer {
  const buffer = withHeader(UUID, values.length, 20 * values.length);
  let at = HEADER;
  for (const value of values) {
    buffer.writeInt32BE(16, at);
    buffer.write(value.replaceAll('-', ''), at + 4, 'hex');
    at += 20;
  }
  return buffer;
}

const HEADER = 20;

/** Dimensions, no nulls, element type, length, first index. An empty array has no dimension and ends after the type. */
function withHeader(type: number, length: number, size: number): Buffer {
  const buffer = Buffer.allocUnsafe(length > 0 ? HEADER + size : 12);
  buffer.writeInt32BE(length > 0 ? 1 : 0, 0);
  buffer.writeInt32BE(0, 4);
  buffer.writeInt32BE(type, 8);
  if (length > 0) {
    buffer.writeInt32BE(length, 12);
    buffer.writeInt32BE(1, 16);
  }
  return buffer;
}
