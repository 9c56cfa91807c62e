// Tests dynamic client registration and client id metadata documents with the OAuth client of the
// Model Context Protocol, and registration with an initial access token with openid-client.

import { createServer } from "node:http";
import { auth } from "@modelcontextprotocol/sdk/client/auth.js";
import * as openid from "openid-client";
import { browse } from "./openid.mjs";

const CALLBACK = "http://127.0.0.1:33418/callback";
const REGISTER = "aws.cognito/dcr/register";

function check(holds, what) {
  if (!holds) throw new Error(what);
}

async function refused(run, as) {
  const error = await run().then(
    () => undefined,
    (caught) => caught,
  );
  check(error, "it was not rejected");
  const found = `${error.code} ${error.error} ${error.errorCode} ${error.message}`;
  check(found.includes(as), `refused as ${found}`);
}

/** Calls a signed operation of the emulator, which does not verify the signature. */
async function call(endpoint, operation, fields) {
  const reply = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(fields),
  });
  const body = JSON.parse((await reply.text()) || "{}");
  check(reply.ok, `${operation}: ${body.message}`);
  return body;
}

/** The metadata of a public client. */
const metadata = (changes = {}) => ({
  client_name: "MCP client",
  redirect_uris: [CALLBACK],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
  ...changes,
});

/**
 * A protected MCP server without the protocol itself. It also serves the client id metadata document
 * of a client. The emulator reads documents of this host over HTTP.
 */
async function serve(issuer) {
  const server = createServer((request, response) => {
    const documents = {
      "/.well-known/oauth-protected-resource": {
        resource: `${origin}/`,
        authorization_servers: [issuer],
      },
      "/clients/mcp.json": { client_id: document, ...metadata() },
      "/clients/other.json": { ...metadata(), client_id: document },
    };
    const found = documents[request.url];
    response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(found ?? {}));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const document = `${origin.replace("http:", "https:")}/clients/mcp.json`;
  return { origin, document, close: () => server.close() };
}

/** The storage and the browser of an MCP client. */
function provider(changes = {}, clientMetadataUrl = undefined) {
  return {
    clientMetadataUrl,
    clientMetadata: metadata(changes),
    redirectUrl: (changes.redirect_uris ?? [CALLBACK])[0],
    state: () => "state of the client",
    clientInformation() {
      return this.client;
    },
    saveClientInformation(client) {
      this.client = client;
    },
    tokens() {
      return this.issued;
    },
    saveTokens(tokens) {
      this.issued = tokens;
    },
    async redirectToAuthorization(url) {
      this.back = await browse(url);
    },
    saveCodeVerifier(verifier) {
      this.verifier = verifier;
    },
    codeVerifier() {
      return this.verifier;
    },
  };
}

const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

/** Returns the rows by client, and a function that stops the server. */
export async function mcp(endpoint, pool) {
  const issuer = `${endpoint}/${pool}`;
  const { origin, document, close } = await serve(issuer);
  await call(endpoint, "CreateUserPoolDomain", { UserPoolId: pool, Domain: "interop-mcp" });
  await call(endpoint, "CreateCIMDPolicy", {
    UserPoolId: pool,
    ClientId: "interopmcp",
    PolicyName: "MCP clients",
    URLPatterns: [document.replace("mcp.json", "*")],
  });

  /** Signs in, and returns the client with its tokens. */
  async function signIn(client) {
    check((await auth(client, { serverUrl: origin })) === "REDIRECT", "not redirected");
    const authorizationCode = client.back.searchParams.get("code");
    check(authorizationCode, `no code: ${client.back.search}`);
    check(client.back.searchParams.get("state") === "state of the client", "another state");
    const result = await auth(client, { serverUrl: origin, authorizationCode });
    check(result === "AUTHORIZED", result);
    check(claims(client.issued.access_token).aud === `${origin}/`, "another resource");
    return client;
  }

  async function refresh(client) {
    const { access_token: first } = client.issued;
    check((await auth(client, { serverUrl: origin })) === "AUTHORIZED", "not refreshed");
    check(client.issued.access_token !== first, "the access token is the same");
  }

  const ofMcp = {
    "client registers and signs in": async () => {
      const client = await signIn(provider());
      check(!client.client.client_secret, "a public client has a secret");
      check(claims(client.issued.access_token).client_id === client.client.client_id, "another client");
    },
    "client with a secret": async () => {
      for (const method of ["client_secret_basic", "client_secret_post"]) {
        const client = await signIn(provider({ token_endpoint_auth_method: method }));
        check(client.client.client_secret, "no secret");
      }
    },
    "refresh of a registered client": async () => refresh(await signIn(provider())),
    "unsafe redirect URI refused": async () => {
      const unsafe = provider({ redirect_uris: ["http://localhost:1@evil.example/"] });
      await refused(() => auth(unsafe, { serverUrl: origin }), "redirect URI");
    },
    "client id metadata document": async () => {
      const client = await signIn(provider({}, document));
      check(client.client.client_id === document, "the client has registered");
      await refresh(client);
    },
    "document of another client refused": async () => {
      const other = provider({}, document.replace("mcp.json", "other.json"));
      let page;
      other.redirectToAuthorization = async (url) => {
        page = await (await fetch(url, { redirect: "manual" })).text();
      };
      await auth(other, { serverUrl: origin });
      check(page.includes("another client_id"), page);
    },
  };

  const ofOpenid = {
    "registration with an initial access token": async () => {
      const secret = "exampleOfASecretThatIsNone";
      const execute = [openid.allowInsecureRequests];
      const discovered = (id, auth) =>
        openid.discovery(new URL(issuer), id, undefined, auth, { execute });
      const registrar = await discovered("interopregistrar", openid.ClientSecretBasic(secret));
      const { access_token: initialAccessToken } = await openid.clientCredentialsGrant(registrar, {
        scope: REGISTER,
      });
      const machine = {
        client_name: "machine",
        grant_types: ["client_credentials"],
        response_types: [],
        redirect_uris: [],
        token_endpoint_auth_method: "client_secret_post",
      };
      const register = (options) =>
        openid.dynamicClientRegistration(new URL(issuer), machine, undefined, { execute, ...options });
      const registered = await register({ initialAccessToken });
      const tokens = await openid.clientCredentialsGrant(registered);
      check(claims(tokens.access_token).scope === "https://api.example.com/read", "other scopes");
      await refused(() => register({}), "invalid_client_metadata");
    },
  };
  return { rows: { mcp: ofMcp, openidclientregistration: ofOpenid }, close };
}
