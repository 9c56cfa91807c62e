// Tests OpenID Connect of the emulator with openid-client: discovery, sign-ins with a browser, client credentials.

import * as client from "openid-client";

const [WEB, MACHINE, SECRET] = ["interopweb", "interopmachine", "exampleOfASecretThatIsNone"];
const [NAME, PASSWORD] = ["plain.openidclient@example.com", "SecurePass123!"];
const CALLBACK = "https://shop.example/callback";
const SCOPE = "https://api.example.com/read";

function check(holds, what) {
  if (!holds) throw new Error(what);
}

/** Checks that an action is rejected with this error. */
async function refused(run, as) {
  let error;
  try {
    await run();
  } catch (caught) {
    error = caught;
  }
  check(error, "it was not rejected");
  // The cause of the error names a fault that the client has found itself.
  const found = error.error ?? `${error.message}: ${error.cause?.message}`;
  check(found.includes(as), `refused as ${found}`);
}

/** A browser: signs the user in, and returns the URL to which it is redirected. */
export async function browse(url, user = NAME) {
  const cookies = new Map();
  const go = async (to, options = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...options.headers, cookie };
    const answer = await fetch(to, { ...options, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split("=");
      cookies.set(name, value);
    }
    const location = answer.headers.get("location");
    return location ? { location: new URL(location, to) } : { html: await answer.text() };
  };
  let [page, at] = [await go(url), url];
  while (page.location?.origin === url.origin) [page, at] = [await go(page.location), page.location];
  if (page.location) return page.location;
  const unescape = (text) => text.replaceAll("&amp;", "&");
  const fields = new URLSearchParams();
  for (const [, name, value] of page.html.matchAll(/<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"/gu)) {
    fields.set(name, unescape(value));
  }
  fields.set("username", user);
  fields.set("password", PASSWORD);
  const action = new URL(unescape(page.html.match(/action="([^"]*)"/u)[1]), at);
  const back = await go(action, { method: "POST", body: fields });
  check(back.location, `the browser did not come back: ${back.html}`);
  return back.location;
}

/** The rows, by name. */
export async function openidConnect(issuer) {
  const discovered = (id, scheme = client.ClientSecretBasic) =>
    client.discovery(new URL(issuer), id, undefined, scheme(SECRET), {
      // The emulator has no TLS.
      execute: [client.allowInsecureRequests],
    });
  let web;

  async function start(changes = {}) {
    const checks = {
      pkceCodeVerifier: client.randomPKCECodeVerifier(),
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
      idTokenExpected: true,
    };
    const url = client.buildAuthorizationUrl(web, {
      redirect_uri: CALLBACK,
      scope: "openid email",
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: "S256",
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      ...changes,
    });
    return { checks, back: await browse(url) };
  }

  async function signIn() {
    const { checks, back } = await start();
    return client.authorizationCodeGrant(web, back, checks);
  }

  const withOther = (changes, as) => async () => {
    const { checks, back } = await start();
    const other = { ...checks, ...changes };
    await refused(() => client.authorizationCodeGrant(web, back, other), as);
  };

  return {
    discovery: async () => {
      web = await discovered(WEB);
      check(web.serverMetadata().issuer === issuer, "another issuer");
    },
    "code with PKCE, state and nonce": async () => {
      const tokens = await signIn();
      check(tokens.claims().email === NAME, "somebody else");
      check(tokens.scope === undefined || tokens.scope === "openid email", "other scopes");
      web = await discovered(WEB, client.ClientSecretPost);
      await signIn();
    },
    "another state refused": withOther({ expectedState: "x".repeat(32) }, "state"),
    "another nonce refused": withOther({ expectedNonce: "x".repeat(32) }, "nonce"),
    "another verifier refused": withOther({ pkceCodeVerifier: "x".repeat(43) }, "invalid_grant"),
    "code used twice refused": async () => {
      const { checks, back } = await start();
      await client.authorizationCodeGrant(web, back, checks);
      await refused(() => client.authorizationCodeGrant(web, back, checks), "invalid_grant");
    },
    "unregistered scope refused": async () => {
      const { checks, back } = await start({ scope: "openid phone" });
      // The message of Cognito.
      check(back.searchParams.get("error_description") === "invalid_scope", back.search);
      await refused(() => client.authorizationCodeGrant(web, back, checks), "invalid_request");
    },
    userInfo: async () => {
      const tokens = await signIn();
      const { sub } = tokens.claims();
      const info = await client.fetchUserInfo(web, tokens.access_token, sub);
      check(info.email === NAME, "somebody else");
      const other = client.fetchUserInfo(web, tokens.access_token, "somebody");
      await refused(() => other, "sub");
    },
    "refresh with the scopes": async () => {
      const old = await signIn();
      const renewed = await client.refreshTokenGrant(web, old.refresh_token);
      check(renewed.access_token !== old.access_token, "the access token is still the old one");
      const info = await client.fetchUserInfo(web, renewed.access_token, old.claims().sub);
      check(info.email === NAME, "other scopes");
    },
    revocation: async () => {
      const tokens = await signIn();
      await client.tokenRevocation(web, tokens.refresh_token);
      await refused(() => client.refreshTokenGrant(web, tokens.refresh_token), "invalid_grant");
    },
    "client credentials": async () => {
      const machine = await discovered(MACHINE);
      const tokens = await client.clientCredentialsGrant(machine, { scope: SCOPE });
      const [, claims] = tokens.access_token.split(".");
      check(JSON.parse(Buffer.from(claims, "base64url")).scope === SCOPE, "other scopes");
      const other = client.clientCredentialsGrant(machine, { scope: "openid" });
      await refused(() => other, "invalid_scope");
    },
  };
}
