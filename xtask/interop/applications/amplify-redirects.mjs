// Sign-ins by redirect of the application with Amplify.

import { check } from "./check.mjs";
import { call } from "./world.mjs";

const POOL = "us-east-1_Interop5";
const PERSON = { username: "plain.amplifyweb@example.com", password: "SecurePass123!" };
const PROVIDER = "Company";

/**
 * Creates an identity provider and the app client of the application at `url`. Returns the settings
 * of Amplify for sign-ins by redirect.
 */
export async function prepare(endpoint, url) {
  await call(endpoint, "CreateIdentityProvider", {
    UserPoolId: POOL,
    ProviderName: PROVIDER,
    ProviderType: "OIDC",
    ProviderDetails: {
      attributes_request_method: "GET",
      authorize_scopes: "openid email",
      client_id: "pool",
      client_secret: "exampleOfASecretThatIsNone",
      oidc_issuer: `${endpoint}/_emulator/idp`,
    },
    AttributeMapping: { email: "email", email_verified: "email_verified" },
  });
  const created = await call(endpoint, "CreateUserPoolClient", {
    UserPoolId: POOL,
    ClientName: "Amplify",
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid", "email", "aws.cognito.signin.user.admin"],
    CallbackURLs: [url],
    LogoutURLs: [url],
    SupportedIdentityProviders: ["COGNITO", PROVIDER],
  });
  const pool = { userPoolId: POOL, userPoolClientId: created.UserPoolClient.ClientId };
  return { domain: new URL(endpoint).host, pool, url };
}

/** Returns the rows, by name. */
export function redirects(page, url) {
  /** Opens the application without a signed-in user, and begins a sign-in. */
  async function begin(input, scopes) {
    await page.goto(url);
    await page.evaluate(
      ([given, asked]) => {
        app.configureRedirects(asked);
        // The page is left before the promise is settled.
        app.auth.signInWithRedirect(given);
      },
      [input, scopes],
    );
  }

  /** Waits until the browser is at the application again. */
  async function back() {
    await page.waitForURL((at) => at.href.startsWith(url));
    await page.waitForFunction(() => globalThis.app);
  }

  async function fill(fields) {
    for (const [name, value] of Object.entries(fields)) {
      await page.locator(`input[name="${name}"]`).fill(value);
    }
    await page.locator('button[type="submit"]').first().click();
  }

  const claims = () => page.evaluate(() => app.claims());
  const event = (name) => page.waitForFunction((of) => app.events[of], name);

  async function signOut() {
    const left = page.waitForEvent("framenavigated");
    await page.evaluate(() => void app.auth.signOut());
    await left;
    await back();
    const session = await page.evaluate(() => app.auth.fetchAuthSession());
    check(!session.tokens, "the user is still signed in");
  }

  return {
    "redirect to the hosted page": async () => {
      await begin({});
      await fill(PERSON);
      await back();
      const { email } = await claims();
      check(email === PERSON.username, `${email} is signed in`);
      await event("signInWithRedirect");
      const { sub } = await page.evaluate(() => app.auth.fetchUserAttributes());
      check(sub === (await claims()).sub, "another user");
      await page.evaluate(() => app.auth.fetchAuthSession({ forceRefresh: true }));
    },

    "redirect sign-out": async () => {
      await signOut();
      await begin({});
      await page.waitForURL("**/login*");
    },

    "redirect to a provider": async () => {
      await begin({ provider: { custom: PROVIDER }, customState: "from the cart" });
      await fill({ sub: "Ann", email: "ann@company.example", email_verified: "true" });
      await back();
      const found = await claims();
      check(found["cognito:username"] === "company_ann", found["cognito:username"]);
      check(found.identities[0].providerName === PROVIDER, JSON.stringify(found.identities));
      check(found.email === "ann@company.example" && found.email_verified, found.email);
      const state = await event("customOAuthState");
      check((await state.jsonValue()) === "from the cart", "another state");
      await signOut();
    },

    "failed redirect reaches the application": async () => {
      await begin({}, ["openid", "phone"]);
      await back();
      const failure = await event("signInWithRedirect_failure");
      check((await failure.jsonValue()).includes("invalid_scope"), await failure.jsonValue());
    },
  };
}
