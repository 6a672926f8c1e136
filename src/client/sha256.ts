/**
 * SHA-256 (FIPS 180-4) of a text's UTF-8, in hexadecimal digits.
 *
 * Node has one, in `node:crypto`, whose loading takes a quarter of the time of a cached `creds`: longer than the
 * little that is hashed there takes here. For names and against damage, never for a secret that is checked.
 */
export function sha256(text: string): string {
  const message = Buffer.from(text, 'utf8');
  const padded = Buffer.alloc(Math.ceil((message.length + 9) / 64) * 64);
  message.copy(padded);
  padded[message.length] = 0x80;
  padded.writeBigUInt64BE(BigInt(message.length) * 8n, padded.length - 8);
  const state = Int32Array.from(initial);
  for (let offset = 0; offset < padded.length; offset += 64) compress(state, padded, offset);
  const digest = Buffer.alloc(32);
  state.forEach((word, index) => digest.writeInt32BE(word, index * 4));
  return digest.toString('hex');
}

/** Words of eight digits each (5.3.3 and 4.2.2). */
function words(hex: string): Int32Array {
  return Int32Array.from(hex.match(/[0-9a-f]{8}/g) ?? [], (word) => parseInt(word, 16) | 0);
}

const initial = words('6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19');
const constants = words(
  '428a2f9871374491b5c0fbcfe9b5dba53956c25b59f111f1923f82a4ab1c5ed5d807aa9812835b01243185be550c7dc3' +
    '72be5d7480deb1fe9bdc06a7c19bf174e49b69c1efbe47860fc19dc6240ca1cc2de92c6f4a7484aa5cb0a9dc76f988da' +
    '983e5152a831c66db00327c8bf597fc7c6e00bf3d5a7914706ca63511429296727b70a852e1b21384d2c6dfc53380d13' +
    '650a7354766a0abb81c2c92e92722c85a2bfe8a1a81a664bc24b8b70c76c51a3d192e819d6990624f40e3585106aa070' +
    '19a4c1161e376c082748774c34b0bcb5391c0cb34ed8aa4a5b9cca4f682e6ff3748f82ee78a5636f84c878148cc70208' +
    '90befffaa4506cebbef9a3f7c67178f2',
);
const schedule = new Int32Array(64);

/** One block (6.2.2). Plain loops: it runs once a start, before anything is compiled. */
function compress(state: Int32Array, bytes: Buffer, offset: number): void {
  for (let t = 0; t < 16; t += 1) schedule[t] = bytes.readInt32BE(offset + 4 * t);
  for (let t = 16; t < 64; t += 1) {
    const x = schedule[t - 15] ?? 0;
    const y = schedule[t - 2] ?? 0;
    const early = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const late = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    schedule[t] = (early + late + (schedule[t - 7] ?? 0) + (schedule[t - 16] ?? 0)) | 0;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t += 1) {
    const first =
      (h +
        (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) +
        ((e & f) ^ (~e & g)) +
        (constants[t] ?? 0) +
        (schedule[t] ?? 0)) |
      0;
    const second =
      ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) +
        ((a & b) ^ (a & c) ^ (b & c))) |
      0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  const added = [a, b, c, d, e, f, g, h];
  for (let index = 0; index < 8; index += 1) {
    state[index] = ((state[index] ?? 0) + (added[index] ?? 0)) | 0;
  }
}
