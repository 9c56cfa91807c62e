// Sign-ins of the application with oidc-client-ts.

import { check, refused } from "./check.mjs";
import { call } from "./world.mjs";

export const POOL = "us-east-1_Interop5";
const PERSON = { username: "plain.oidcclientts@example.com", password: "SecurePass123!" };

/** Creates the app client of the application at `url`. Returns its settings. */
export async function prepare(endpoint, url) {
  const created = await call(endpoint, "CreateUserPoolClient", {
    UserPoolId: POOL,
    ClientName: "oidc-client-ts",
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid", "email"],
    CallbackURLs: [url],
    LogoutURLs: [url],
    SupportedIdentityProviders: ["COGNITO"],
  });
  return {
    client_id: created.UserPoolClient.ClientId,
    redirect_uri: url,
    response_type: "code",
    scope: "openid email",
  };
}

/** Returns the rows, by name. */
export function openid(page, { authority, client_id, redirect_uri: url }, endpoint) {
  /**
   * Begins a sign-in, and returns the URL to which the browser comes back. By default, the browser
   * is not signed in at the emulator.
   */
  async function begin({ keepCookies = false } = {}) {
    if (!keepCookies) await page.context().clearCookies();
    await page.goto(url);
    await page.evaluate(() => void manager.signinRedirect({ state: "from the cart" }));
    await page.waitForURL("**/login*");
    for (const [name, value] of Object.entries(PERSON)) {
      await page.locator(`input[name="${name}"]`).fill(value);
    }
    await page.locator('button[type="submit"]').first().click();
    await page.waitForURL((at) => at.href.startsWith(url));
    return page.url();
  }

  const complete = (back) =>
    page.evaluate(async (at) => {
      const { profile, state, access_token: token } = await manager.signinCallback(at);
      return { profile, state, token };
    }, back);

  const renew = () => page.evaluate(async () => (await manager.signinSilent()).access_token);

  return {
    discovery: async () => {
      await page.goto(url);
      const issuer = await page.evaluate(() => manager.metadataService.getIssuer());
      check(issuer === authority, issuer);
      const keys = await page.evaluate(() => manager.metadataService.getSigningKeys());
      check(keys.length > 0, "no keys");
    },

    "sign-in with PKCE and userInfo": async () => {
      const { profile, state } = await complete(await begin());
      check(profile.email === PERSON.username, `${profile.email} is signed in`);
      // The ID token has a boolean, and userInfo a string.
      check(`${profile.email_verified}`.includes("true"), `${profile.email_verified}`);
      check(state === "from the cart", "another state");
    },

    refresh: async () => {
      const { token } = await complete(await begin());
      check((await renew()) !== token, "the access token is the same");
    },

    "another state refused": async () => {
      const back = new URL(await begin());
      back.searchParams.set("state", "another");
      await refused(() => complete(back.href), "No matching state found in storage");
    },

    "changed code refused": async () => {
      const back = new URL(await begin());
      back.searchParams.set("code", crypto.randomUUID());
      await refused(() => complete(back.href), "invalid_grant");
    },

    revocation: async () => {
      await complete(await begin());
      const token = await page.evaluate(async () => (await manager.getUser()).refresh_token);
      await page.evaluate(() => manager.revokeTokens(["refresh_token"]));
      const body = new URLSearchParams({
        grant_type: "refresh_token",
        client_id,
        refresh_token: token,
      });
      const reply = await fetch(new URL("/oauth2/token", endpoint), { method: "POST", body });
      const { error } = await reply.json();
      check(error === "invalid_grant", `the refresh token is not revoked: ${error}`);
    },

    "sign-out": async () => {
      await complete(await begin());
      const left = page.waitForEvent("framenavigated");
      await page.evaluate(
        (query) => void manager.signoutRedirect({ extraQueryParams: query }),
        // Cognito's own parameters.
        { client_id, logout_uri: url },
      );
      await left;
      await page.waitForURL((at) => at.href.startsWith(url));
      check(!(await page.evaluate(() => manager.getUser())), "the user is still signed in");
      // Another sign-in asks for the password again.
      await begin({ keepCookies: true });
    },
  };
}
