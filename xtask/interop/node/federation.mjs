// Tests sign-ins through an identity provider of others: oidc-provider, which is certified by the OpenID Foundation.

import { createServer } from "node:http";
import { CreateIdentityProviderCommand } from "@aws-sdk/client-cognito-identity-provider";
import Provider from "oidc-provider";
import { CALLBACK, addClient, check, claims as claimsOf, operator } from "./providers.mjs";

const [ID, SECRET] = ["pool", "exampleOfASecretThatIsNone"];

// The standard output has only the results.
console.info = console.error;

/** Starts oidc-provider on a free port. Its pages accept any user name and any password. */
async function start(endpoint) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    claims: { email: ["email", "email_verified"], profile: ["name"] },
    clients: [
      {
        client_id: ID,
        client_secret: SECRET,
        redirect_uris: [`${endpoint}/oauth2/idpresponse`],
        token_endpoint_auth_method: "client_secret_post",
      },
    ],
    cookies: { keys: ["for tests"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: `Name of ${id}` }),
    }),
    // Cognito sends no PKCE challenge.
    pkce: { required: () => false },
  });
  server.on("request", provider.callback());
  return { issuer, close: () => server.close() };
}

/** A browser with the cookies of the emulator and of the provider. */
class Browser {
  #cookies = new Map();

  async #go(to, options = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(to, { ...options, headers: { cookie }, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(";");
      const end = pair.indexOf("=");
      this.#cookies.set(pair.slice(0, end), pair.slice(end + 1));
    }
    const location = answer.headers.get("location");
    return location ? { to: new URL(location, to) } : { at: new URL(to), html: await answer.text() };
  }

  /** Follows redirects, fills in the provider's pages, and returns the URL of the app client. `abort` cancels. */
  async signIn(url, name, abort = false) {
    let page = await this.#go(url);
    for (let steps = 0; steps < 20; steps += 1) {
      if (page.to?.href.startsWith(CALLBACK)) return page.to;
      if (page.to) {
        page = await this.#go(page.to);
        continue;
      }
      const { at, html } = page;
      const href = html.match(/href="([^"]*\/abort)"/u)?.[1];
      if (abort && href) {
        page = await this.#go(new URL(href, at));
        continue;
      }
      const form = html.match(/<form[^>]*action="([^"]*)"[^>]*>.*?<\/form>/su);
      check(form, `no form: ${html}`);
      const fields = new URLSearchParams();
      for (const [, field, value] of html.matchAll(/<input[^>]*name="([^"]*)"(?:[^>]*value="([^"]*)")?/gu)) {
        fields.set(field, value ?? "");
      }
      if (fields.get("prompt") === "login") fields.set("login", name);
      if (fields.get("prompt") === "login") fields.set("password", "any");
      page = await this.#go(new URL(form[1], at), { method: "POST", body: fields });
    }
    throw new Error("the browser did not come back");
  }
}

/** The rows, by name, and a function that stops the provider. */
export async function federation(endpoint, pool) {
  const { issuer, close } = await start(endpoint);
  const aws = operator(endpoint, pool);
  let client;

  const details = (changes) => ({
    attributes_request_method: "GET",
    authorize_scopes: "openid email profile",
    client_id: ID,
    client_secret: SECRET,
    oidc_issuer: issuer,
    ...changes,
  });

  /** Adds a provider to the pool, and a client that signs in only through it. */
  async function add(name, changes = {}) {
    await aws.send(
      new CreateIdentityProviderCommand({
        UserPoolId: pool,
        ProviderName: name,
        ProviderType: "OIDC",
        ProviderDetails: details(changes),
        AttributeMapping: { email: "email", email_verified: "email_verified", name: "name" },
      }),
    );
    return addClient(aws, pool, name);
  }

  const authorize = (id) => {
    const query = { client_id: id, response_type: "code", redirect_uri: CALLBACK, scope: "openid" };
    return new URL(`/oauth2/authorize?${new URLSearchParams(query)}`, endpoint);
  };

  const claims = (back) => claimsOf(endpoint, client, back);

  const rows = {
    "first sign-in with discovery and userinfo": async () => {
      client = await add("Others");
      const found = await claims(await new Browser().signIn(authorize(client), "Ann"));
      check(found["cognito:username"] === "others_ann", found["cognito:username"]);
      check(found.email === "Ann@example.com" && found.email_verified === true, JSON.stringify(found));
      check(found.name === "Name of Ann", found.name);
      check(found.identities[0].userId === "Ann", JSON.stringify(found.identities));
    },
    "second sign-in of the same user": async () => {
      const first = await claims(await new Browser().signIn(authorize(client), "Bob"));
      const second = await claims(await new Browser().signIn(authorize(client), "Bob"));
      check(first.sub === second.sub, "another user");
    },
    "cancelled sign-in reaches the client": async () => {
      const back = await new Browser().signIn(authorize(client), "Ann", true);
      check(back.searchParams.get("error") === "access_denied", `${back}`);
    },
    "wrong client secret refused": async () => {
      const id = await add("WrongSecret", { client_secret: "another" });
      const back = await new Browser().signIn(authorize(id), "Ann");
      const description = back.searchParams.get("error_description");
      check(description === "Bad token response: HTTP/1.1 401 Unauthorized", `${back}`);
    },
    "wrong issuer refused": async () => {
      const url = (path) => `${issuer}${path}`;
      const id = await add("WrongIssuer", {
        attributes_url: url("/me"),
        authorize_url: url("/auth"),
        jwks_uri: url("/jwks"),
        oidc_issuer: url("/another"),
        token_url: url("/token"),
      });
      const back = await new Browser().signIn(authorize(id), "Ann");
      const description = back.searchParams.get("error_description");
      // This provider names itself in the redirect (RFC 9207), so the emulator stops before it asks for an ID token.
      check(description === `Bad response issuer ${issuer}`, `${back}`);
    },
  };
  return { rows, close };
}
