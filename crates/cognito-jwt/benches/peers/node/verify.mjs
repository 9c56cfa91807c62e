// Verifiers of others, one for each call of this program, driven over standard input and output in
// the same way as the Rust ones (see ../src/main.rs).
//
// The time is that of the whole process (`process.cpuUsage`): what the collector of garbage and the
// compiler do on threads of their own is part of what a verification costs.

import { createPublicKey } from "node:crypto";
import { createInterface } from "node:readline";

import { CognitoJwtVerifier } from "aws-jwt-verify";
import { createDecoder, createVerifier } from "fast-jwt";

// Each is given the setup and returns what throws, or not.
const peers = {
  "aws-jwt-verify": awsJwtVerify,
  "fast-jwt": (setup) => fastJwt(setup, false),
  "fast-jwt-cached": (setup) => fastJwt(setup, true),
};

function awsJwtVerify(setup) {
  const verifier = CognitoJwtVerifier.create({
    userPoolId: setup.user_pool_id,
    tokenUse: "access",
    clientId: setup.client_id,
  });
  verifier.cacheJwks(JSON.parse(setup.jwks));
  return (token) => verifier.verifySync(token);
}

// One verifier for each key, because only a key that is there at once can be used synchronously.
function fastJwt(setup, cache) {
  const verifiers = new Map();
  for (const jwk of JSON.parse(setup.jwks).keys) {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const verify = createVerifier({
      key: key.export({ type: "spki", format: "pem" }),
      algorithms: ["RS256"],
      allowedIss: setup.issuer,
      requiredClaims: ["exp", "iss", "sub"],
      cache,
    });
    verifiers.set(jwk.kid, verify);
  }
  const decode = createDecoder({ complete: true });
  // Its cache answers for the whole token, so that a hit need not read the header first.
  const only = cache ? verifiers.get(decode(setup.token).header.kid) : undefined;
  return (token) => {
    const verify = only ?? verifiers.get(decode(token).header.kid);
    const claims = verify(token);
    if (claims.client_id !== setup.client_id || claims.token_use !== "access") {
      throw new Error("for another client or use");
    }
    return claims;
  };
}

function repeat(verify, token, times) {
  for (let done = 0; done < times; done++) {
    verify(token);
  }
}

function accepts(verify, token) {
  try {
    verify(token);
    return true;
  } catch {
    return false;
  }
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}

const name = process.argv[2];
let setup;
let verify;
for await (const line of createInterface({ input: process.stdin })) {
  if (setup === undefined) {
    setup = JSON.parse(line);
    verify = peers[name]?.(setup) ?? fail("the name of a peer is missing");
    if (!accepts(verify, setup.token)) fail("the library rejects the valid token");
    if (accepts(verify, setup.forged)) fail("the library accepts a forged token");
    // The compiler looks at what ran often.
    repeat(verify, setup.token, 5_000);
    console.log("ready");
    continue;
  }
  const iterations = Number(line.slice(`round ${name} `.length));
  // Another process had the core before: the first ones fill the caches again.
  repeat(verify, setup.token, Math.floor(iterations / 10) + 1);
  const start = process.cpuUsage();
  repeat(verify, setup.token, iterations);
  const { user, system } = process.cpuUsage(start);
  console.log((user + system) * 1_000);
}
