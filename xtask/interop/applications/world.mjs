// What the applications need besides the libraries: the emulator's operations and messages, an
// authenticator app, and the results.

import { TOTP } from "otpauth";
import { check } from "./check.mjs";

/** Returns the code of the latest message to this address. */
export async function latestCode(endpoint, address) {
  const inbox = await fetch(`${endpoint}/_emulator/inbox?to=${encodeURIComponent(address)}`);
  const { code } = (await inbox.json()).at(-1) ?? {};
  check(code, `no code was sent to ${address}`);
  return code;
}

/** Calls a signed operation of the emulator, which does not verify the signature. */
export async function call(endpoint, operation, fields, service = "AWSCognitoIdentityProviderService") {
  const reply = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request",
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `${service}.${operation}`,
    },
    body: JSON.stringify(fields),
  });
  // Some operations return nothing.
  const body = JSON.parse((await reply.text()) || "{}");
  check(reply.ok, `${operation}: ${body.message}`);
  return body;
}

/** Creates an identity pool for an app client of a user pool, and returns its id. */
export async function identityPool(endpoint, { userPoolId, userPoolClientId }) {
  const provider = {
    ProviderName: `cognito-idp.us-east-1.amazonaws.com/${userPoolId}`,
    ClientId: userPoolClientId,
  };
  const identities = (operation, fields) =>
    call(endpoint, operation, fields, "AWSCognitoIdentityService");
  const { IdentityPoolId } = await identities("CreateIdentityPool", {
    IdentityPoolName: "Amplify",
    AllowUnauthenticatedIdentities: false,
    CognitoIdentityProviders: [provider],
  });
  const Roles = { authenticated: "arn:aws:iam::123456789012:role/interop" };
  await identities("SetIdentityPoolRoles", { IdentityPoolId, Roles });
  return IdentityPoolId;
}

/** Returns the current code of an authenticator app. */
export const appCode = (secret) => new TOTP({ secret }).generate();

/** Runs an action. Fails if it takes longer than a minute. */
async function inTime(attempt) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("no result within a minute")), 60_000);
  });
  try {
    await Promise.race([attempt(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs each row, and returns the results as cells of a table. */
export async function cells(client, rows) {
  const found = [];
  for (const [row, attempt] of Object.entries(rows)) {
    const cell = { client, row, outcome: "ok" };
    found.push(cell);
    try {
      await inTime(attempt);
    } catch (error) {
      const reason = error.message.split("\n")[0];
      Object.assign(cell, { outcome: "refused", reason: `${error.name}: ${reason}` });
    }
  }
  return found;
}
