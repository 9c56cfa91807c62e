// An authenticator app: it reads a QR code, and computes codes.

import { createHmac } from "node:crypto";
import jsqr from "jsqr";
import { PNG } from "pngjs";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECONDS = 30;

/** The text of the QR code in a picture (PNG). */
export function read(picture) {
  const { data, width, height } = PNG.sync.read(picture);
  const code = jsqr(new Uint8ClampedArray(data), width, height);
  if (!code) throw new Error("the QR code cannot be read");
  return code.data;
}

/** The secret that an app takes from `otpauth://totp/…?secret=…`. */
export function secretOf(text) {
  const url = new URL(text);
  if (url.protocol !== "otpauth:") throw new Error(`not for an authenticator app: ${url.protocol}`);
  return url.searchParams.get("secret");
}

/** The code at a time, in milliseconds since 1970 (RFC 6238, SHA-1, six digits). */
export function code(secret, moment) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(moment / 1000 / SECONDS)));
  const digest = createHmac("sha1", bytes(secret)).update(counter).digest();
  const start = digest[digest.length - 1] & 0xf;
  const number = digest.readUInt32BE(start) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

function bytes(secret) {
  let bits = "";
  for (const letter of secret.replace(/=+$/, "").toUpperCase()) {
    bits += ALPHABET.indexOf(letter).toString(2).padStart(5, "0");
  }
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}
