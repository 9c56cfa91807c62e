// Tests the emulator with clients in JavaScript: `interop.mjs ENDPOINT TOKENS`.
//
// Prints the results as a JSON list of cells. aws-jwt-verify verifies the tokens of every client:
// those of the clients in this program, and those that interop.py has written to the file TOKENS.
// SRP is that of amazon-cognito-identity-js or of cognito-srp-helper.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  CognitoIdentityProviderClient,
  ConfirmDeviceCommand,
  ForgetDeviceCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { CognitoJwtVerifier } from "aws-jwt-verify";
import {
  createDeviceVerifier,
  createSecretHash,
  createSrpSession,
  signSrpSession,
  signSrpSessionWithDevice,
  wrapAuthChallenge,
  wrapInitiateAuth,
} from "cognito-srp-helper";
import { TOTP } from "otpauth";
import { authJs } from "./authjs.mjs";
import { federation } from "./federation.mjs";
import { mcp } from "./mcp.mjs";
import { openidConnect } from "./openid.mjs";
import { saml } from "./saml.mjs";

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = createRequire(import.meta.url)(
  "amazon-cognito-identity-js",
);

const [endpoint, tokensFile] = process.argv.slice(2);
const POOL = "us-east-1_Interop1";
const AWS_POOL = "us-east-1_Interop2";
const DEVICE_POOL = "us-east-1_Interop4";
const REGISTRATION_POOL = "us-east-1_Interop6";
const [PUBLIC, SECRET, ROTATING] = ["interoppublic", "interopsecret", "interoprotating"];
const [VERIFIED, DEVICES] = ["interopverified", "interopdevices"];
const CLIENT_SECRET = "exampleOfASecretThatIsNone";
const [PASSWORD, TEMPORARY, NEW] = ["SecurePass123!", "Temporary123!", "AnotherPass123!"];

const code = () => new TOTP({ secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" }).generate();

function check(holds, what) {
  if (!holds) throw new Error(what);
}

/** Checks that a call is rejected with this error. */
async function refused(call, name = "NotAuthorizedException") {
  let error;
  try {
    await call();
  } catch (caught) {
    error = caught;
  }
  check(error, "it was not rejected");
  // Some clients set the name of the error, and some only its class.
  const names = [error.name, error.constructor.name];
  check(names.includes(name), `refused as ${names.join(", ")}: ${error.message}`);
}

/** amazon-cognito-identity-js, which uses callbacks and does not support client secrets. */
const identityJs = {
  name: "identityjs",

  /** Signs in. `asked` has the callbacks that respond to challenges. */
  signIn(what, { password = PASSWORD, pool = POOL, client = PUBLIC, asked = {} } = {}) {
    const Username = `${what}.identityjs@example.com`;
    const Pool = new CognitoUserPool({ UserPoolId: pool, ClientId: client, endpoint });
    const user = new CognitoUser({ Username, Pool });
    const details = new AuthenticationDetails({ Username, Password: password });
    return new Promise((resolve, reject) => {
      const callbacks = {
        onSuccess: (session) => resolve({ user, session }),
        onFailure: reject,
      };
      for (const name of ["newPasswordRequired", "totpRequired"]) {
        callbacks[name] = (...given) =>
          asked[name] ? asked[name](user, callbacks, ...given) : reject(new Error(name));
      }
      user.authenticateUser(details, callbacks);
    });
  },

  async srp(client) {
    const { user } = await this.signIn("plain", { client });
    await this.attributes(user);
  },

  attributes(user) {
    return new Promise((resolve, reject) =>
      user.getUserAttributes((error, attributes) => (error ? reject(error) : resolve(attributes))),
    );
  },

  srpWithSecret: undefined,

  wrongPassword() {
    return this.signIn("plain", { password: "WrongPass123!" });
  },

  async totp() {
    let wasAsked = false;
    const totpRequired = (user, callbacks) => {
      wasAsked = true;
      user.sendMFACode(code(), callbacks, "SOFTWARE_TOKEN_MFA");
    };
    await this.signIn("totp", { asked: { totpRequired } });
    check(wasAsked, "no second factor was required");
  },

  async newPassword() {
    let wasAsked = false;
    const newPasswordRequired = (user, callbacks) => {
      wasAsked = true;
      user.completeNewPasswordChallenge(NEW, {}, callbacks);
    };
    await this.signIn("new", { password: TEMPORARY, asked: { newPasswordRequired } });
    check(wasAsked, "no new password was required");
    await this.signIn("new", { password: NEW });
  },

  refreshed(user, session) {
    return new Promise((resolve, reject) =>
      user.refreshSession(session.getRefreshToken(), (error, renewed) =>
        error ? reject(error) : resolve(renewed),
      ),
    );
  },

  async refresh() {
    const { user, session } = await this.signIn("plain");
    const renewed = await this.refreshed(user, session);
    const [before, after] = [session, renewed].map((each) => each.getAccessToken().getJwtToken());
    check(before !== after, "the access token is still the old one");
  },

  // Its refresh is REFRESH_TOKEN_AUTH, which a client with rotation does not allow.
  rotation: undefined,

  // The client confirms a new device itself, and stores its keys.
  async device() {
    let asked = 0;
    const totpRequired = (user, callbacks) => {
      asked += 1;
      user.sendMFACode(code(), callbacks, "SOFTWARE_TOKEN_MFA");
    };
    const settings = { pool: DEVICE_POOL, client: DEVICES, asked: { totpRequired } };
    await this.signIn("device", settings);
    const { user, session } = await this.signIn("device", settings);
    check(asked === 1, `a code was asked for ${asked} times`);
    const { device_key: key } = session.getAccessToken().decodePayload();
    check(key, "the token has no device");
    await this.refreshed(user, session);
    await new Promise((onSuccess, onFailure) =>
      user.forgetSpecificDevice(key, { onSuccess, onFailure }),
    );
    await refused(() => this.refreshed(user, session));
  },

  async signOut() {
    const { user, session } = await this.signIn("out");
    await new Promise((resolve, reject) =>
      user.globalSignOut({ onSuccess: resolve, onFailure: reject }),
    );
    // The client deletes its session, so the access token must be checked separately.
    user.setSignInUserSession(session);
    await refused(() => this.attributes(user));
    await refused(() => this.refreshed(user, session));
  },

  async tokens() {
    const { session } = await this.signIn("plain", { pool: AWS_POOL, client: VERIFIED });
    return {
      access: session.getAccessToken().getJwtToken(),
      id: session.getIdToken().getJwtToken(),
    };
  },
};

/** The AWS SDK, with SRP by cognito-srp-helper. */
const sdk = new CognitoIdentityProviderClient({
  region: "us-east-1",
  endpoint,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const awsSdk = {
  name: "awssdk",

  /** Returns the response to a proof of the password: tokens, or the next challenge. */
  async prove(what, { password = PASSWORD, pool = POOL, client = PUBLIC, secret } = {}) {
    const username = `${what}.awssdk@example.com`;
    const hash = (name) =>
      secret ? { SECRET_HASH: createSecretHash(name, client, secret) } : {};
    const session = createSrpSession(username, password, pool, false);
    const asked = await sdk.send(
      new InitiateAuthCommand(
        wrapInitiateAuth(session, {
          ClientId: client,
          AuthFlow: "USER_SRP_AUTH",
          AuthParameters: { CHALLENGE_NAME: "SRP_A", USERNAME: username, ...hash(username) },
        }),
      ),
    );
    const name = asked.ChallengeParameters.USER_ID_FOR_SRP;
    return sdk.send(
      new RespondToAuthChallengeCommand(
        wrapAuthChallenge(signSrpSession(session, asked), {
          ClientId: client,
          ChallengeName: "PASSWORD_VERIFIER",
          ChallengeResponses: { USERNAME: name, ...hash(name) },
        }),
      ),
    );
  },

  async signIn(what, settings) {
    const { AuthenticationResult } = await this.prove(what, settings);
    check(AuthenticationResult, "no tokens");
    return AuthenticationResult;
  },

  async srp(client, secret) {
    const { AccessToken } = await this.signIn("plain", { client, secret });
    await sdk.send(new GetUserCommand({ AccessToken }));
  },

  srpWithSecret() {
    return this.srp(SECRET, CLIENT_SECRET);
  },

  wrongPassword() {
    return this.signIn("plain", { password: "WrongPass123!" });
  },

  /** Responds to the challenge after a proof of the password. */
  async respond(asked, ChallengeName, more) {
    check(asked.ChallengeName === ChallengeName, `${asked.ChallengeName} was asked for`);
    const USERNAME = asked.ChallengeParameters.USER_ID_FOR_SRP;
    const { AuthenticationResult } = await sdk.send(
      new RespondToAuthChallengeCommand({
        ClientId: PUBLIC,
        ChallengeName,
        Session: asked.Session,
        ChallengeResponses: { USERNAME, ...more },
      }),
    );
    check(AuthenticationResult, "no tokens");
  },

  async totp() {
    const asked = await this.prove("totp");
    await this.respond(asked, "SOFTWARE_TOKEN_MFA", { SOFTWARE_TOKEN_MFA_CODE: code() });
  },

  async newPassword() {
    const asked = await this.prove("new", { password: TEMPORARY });
    await this.respond(asked, "NEW_PASSWORD_REQUIRED", { NEW_PASSWORD: NEW });
    await this.signIn("new", { password: NEW });
  },

  async refresh() {
    const { AccessToken, RefreshToken } = await this.signIn("plain");
    const { AuthenticationResult } = await sdk.send(
      new InitiateAuthCommand({
        ClientId: PUBLIC,
        AuthFlow: "REFRESH_TOKEN_AUTH",
        AuthParameters: { REFRESH_TOKEN: RefreshToken },
      }),
    );
    check(AuthenticationResult.AccessToken !== AccessToken, "the access token is still the old one");
  },

  async turn(client, RefreshToken) {
    const { AuthenticationResult } = await sdk.send(
      new GetTokensFromRefreshTokenCommand({ ClientId: client, RefreshToken }),
    );
    return AuthenticationResult.RefreshToken;
  },

  async rotation() {
    const first = (await this.signIn("plain", { client: ROTATING })).RefreshToken;
    const second = await this.turn(ROTATING, first);
    const third = await this.turn(ROTATING, second);
    check(new Set([first, second, third]).size === 3, "a refresh token was not replaced");
    await refused(() => this.turn(ROTATING, first), "RefreshTokenReuseException");
  },

  /** Signs in on a device, which sends a proof after the password. */
  async onDevice(username, { DeviceKey, DeviceGroupKey }, devicePassword) {
    const session = createSrpSession(username, PASSWORD, DEVICE_POOL, false);
    const named = { USERNAME: username, DEVICE_KEY: DeviceKey };
    const asked = await sdk.send(
      new InitiateAuthCommand(
        wrapInitiateAuth(session, {
          ClientId: DEVICES,
          AuthFlow: "USER_SRP_AUTH",
          AuthParameters: { CHALLENGE_NAME: "SRP_A", ...named },
        }),
      ),
    );
    const answer = (signed, ChallengeName, Session) =>
      sdk.send(
        new RespondToAuthChallengeCommand(
          wrapAuthChallenge(signed, {
            ClientId: DEVICES,
            ChallengeName,
            ChallengeResponses: named,
            Session,
          }),
        ),
      );
    const signed = signSrpSession(session, asked);
    const proven = await answer(signed, "PASSWORD_VERIFIER", asked.Session);
    check(proven.ChallengeName === "DEVICE_SRP_AUTH", `${proven.ChallengeName} was asked for`);
    const device = await answer(signed, "DEVICE_SRP_AUTH", proven.Session);
    const onDevice = signSrpSessionWithDevice(session, device, DeviceGroupKey, devicePassword);
    return answer(onDevice, "DEVICE_PASSWORD_VERIFIER", device.Session);
  },

  async device() {
    const asked = await this.prove("device", { pool: DEVICE_POOL, client: DEVICES });
    const { AuthenticationResult: first } = await sdk.send(
      new RespondToAuthChallengeCommand({
        ClientId: DEVICES,
        ChallengeName: "SOFTWARE_TOKEN_MFA",
        Session: asked.Session,
        ChallengeResponses: {
          USERNAME: asked.ChallengeParameters.USER_ID_FOR_SRP,
          SOFTWARE_TOKEN_MFA_CODE: code(),
        },
      }),
    );
    const { AccessToken, NewDeviceMetadata } = first;
    const { DeviceKey, DeviceGroupKey } = NewDeviceMetadata;
    const made = createDeviceVerifier(DeviceKey, DeviceGroupKey);
    const { DeviceSecretVerifierConfig, DeviceRandomPassword } = made;
    const named = { AccessToken, DeviceKey };
    await sdk.send(new ConfirmDeviceCommand({ ...named, DeviceSecretVerifierConfig }));
    const signIn = () =>
      this.onDevice("device.awssdk@example.com", NewDeviceMetadata, DeviceRandomPassword);
    const { AuthenticationResult } = await signIn();
    check(AuthenticationResult?.AccessToken, "no tokens");
    await sdk.send(new ForgetDeviceCommand(named));
    await refused(signIn, "ResourceNotFoundException");
  },

  async signOut() {
    const { AccessToken, RefreshToken } = await this.signIn("out");
    await sdk.send(new GlobalSignOutCommand({ AccessToken }));
    await refused(() => sdk.send(new GetUserCommand({ AccessToken })));
    await refused(() => this.turn(PUBLIC, RefreshToken));
  },

  async tokens() {
    const tokens = await this.signIn("plain", { pool: AWS_POOL, client: VERIFIED });
    return { access: tokens.AccessToken, id: tokens.IdToken };
  },
};

const cells = [];

async function cell(client, row, run) {
  const found = { client, row, outcome: "ok" };
  cells.push(found);
  if (!run) {
    found.outcome = "not offered";
    return;
  }
  try {
    await run();
  } catch (error) {
    found.outcome = "refused";
    found.reason = `${error.name}: ${error.message}`;
  }
}

const tokens = JSON.parse(readFileSync(tokensFile, "utf8"));
for (const client of [identityJs, awsSdk]) {
  const bound = (name) => client[name]?.bind(client);
  await cell(client.name, "SRP without secret", () => client.srp(PUBLIC));
  await cell(client.name, "SRP with secret", bound("srpWithSecret"));
  await cell(client.name, "wrong password refused", () => refused(() => client.wrongPassword()));
  await cell(client.name, "TOTP", bound("totp"));
  await cell(client.name, "new password", bound("newPassword"));
  await cell(client.name, "refresh", bound("refresh"));
  await cell(client.name, "rotation", bound("rotation"));
  await cell(client.name, "remembered device", bound("device"));
  await cell(client.name, "global sign-out", bound("signOut"));
  try {
    tokens[client.name] = await client.tokens();
  } catch (error) {
    tokens[client.name] = { reason: `${error.name}: ${error.message}` };
  }
}

// The tokens of this pool have AWS's issuer, so the verifier is the one for Cognito. It receives the
// keys of the emulator.
const verifier = CognitoJwtVerifier.create({
  userPoolId: AWS_POOL,
  clientId: VERIFIED,
  tokenUse: "access",
});
const page = await fetch(`${endpoint}/${AWS_POOL}/.well-known/jwks.json`);
verifier.cacheJwks(await page.json());
for (const [client, { access, id, reason }] of Object.entries(tokens)) {
  await cell(client, "tokens accepted by aws-jwt-verify", async () => {
    check(!reason, reason);
    await verifier.verify(access);
    await verifier.verify(id, { tokenUse: "id" });
    // A changed token, and a token of the other kind, must be rejected.
    const forged = access.replace(/.{6}$/u, "AAAAAA");
    await refused(() => verifier.verify(forged), "JwtInvalidSignatureError");
    await refused(() => verifier.verify(id), "CognitoJwtInvalidTokenUseError");
  });
}
for (const [row, run] of Object.entries(await openidConnect(`${endpoint}/${POOL}`))) {
  await cell("openidclient", row, run);
}
for (const [row, run] of Object.entries(authJs(`${endpoint}/${POOL}`))) {
  await cell("authjs", row, run);
}
const { rows, close } = await federation(endpoint, POOL);
for (const [row, run] of Object.entries(rows)) await cell("oidcprovider", row, run);
close();
for (const [row, run] of Object.entries(await saml(endpoint, POOL))) await cell("samlify", row, run);
const registration = await mcp(endpoint, REGISTRATION_POOL);
for (const [client, rows] of Object.entries(registration.rows)) {
  for (const [row, run] of Object.entries(rows)) await cell(client, row, run);
}
registration.close();
console.log(JSON.stringify(cells));
