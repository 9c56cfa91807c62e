// Uses the example `mcp_server` with the MCP SDK: the client knows only the URL of the server. It
// finds the user pool, registers itself, signs a user in and calls a tool.

import {
  discoverOAuthServerInfo,
  exchangeAuthorization,
  registerClient,
  startAuthorization,
  UnauthorizedError,
} from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { browse } from "./openid.mjs";

const [resource] = process.argv.slice(2);
const METADATA = resource.replace("/mcp", "/.well-known/oauth-protected-resource/mcp");
const SCOPE = `${resource}/tools`;
const USER = "ann@example.com";
const CALLBACK = "http://127.0.0.1:33418/callback";

function check(holds, what) {
  if (!holds) throw new Error(what);
}

const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

/** The storage and the browser of an MCP client. It records the requests to the user pool. */
class Provider {
  redirectUrl = CALLBACK;
  clientMetadata = {
    client_name: "MCP client",
    redirect_uris: [CALLBACK],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  };

  clientInformation() {
    return this.client;
  }

  saveClientInformation(client) {
    this.client = client;
  }

  tokens() {
    return this.issued;
  }

  saveTokens(tokens) {
    this.issued = tokens;
  }

  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }

  codeVerifier() {
    return this.verifier;
  }

  async redirectToAuthorization(url) {
    this.asked = url.searchParams;
    this.back = await browse(url, USER);
  }
}

/** Connects with the stored tokens. Without tokens, the user signs in. Returns the MCP client. */
async function connect(provider) {
  const start = async () => {
    const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider: provider });
    const client = new Client({ name: "interop", version: "1.0.0" });
    const error = await client.connect(transport).then(
      () => undefined,
      (caught) => caught,
    );
    return { client, transport, error };
  };
  const first = await start();
  if (!first.error) return first.client;
  if (!(first.error instanceof UnauthorizedError)) throw first.error;
  const code = provider.back.searchParams.get("code");
  check(code, `no code: ${provider.back.search}`);
  await first.transport.finishAuth(code);
  const second = await start();
  if (second.error) throw second.error;
  return second.client;
}

/** Calls the tool, and compares its result with the user of the token. */
async function callTool(client, provider) {
  const { tools } = await client.listTools();
  check(tools.map((tool) => tool.name).join() === "who_am_i", JSON.stringify(tools));
  const { content } = await client.callTool({ name: "who_am_i", arguments: {} });
  const { sub } = claims(provider.issued.access_token);
  check(sub && content[0].text === sub, JSON.stringify(content));
}

/** Signs in for a scope and a resource, step by step. Returns the client and its tokens. */
async function signIn(scope, target) {
  const { authorizationServerUrl: server, authorizationServerMetadata: metadata } =
    await discoverOAuthServerInfo(resource);
  const { clientMetadata } = new Provider();
  const clientInformation = await registerClient(server, { metadata, clientMetadata });
  const request = { metadata, clientInformation, resource: target };
  const { authorizationUrl, codeVerifier } = await startAuthorization(server, {
    ...request,
    redirectUrl: CALLBACK,
    scope,
  });
  const back = await browse(authorizationUrl, USER);
  const tokens = await exchangeAuthorization(server, {
    ...request,
    authorizationCode: back.searchParams.get("code"),
    codeVerifier,
    redirectUri: CALLBACK,
  });
  return { client: clientInformation, tokens };
}

/** Sends a request with a token, and returns the status and the challenge. */
async function send(token) {
  const response = await fetch(resource, {
    method: "POST",
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
  });
  await response.text();
  const challenge = response.headers.get("www-authenticate") ?? "";
  check(challenge.includes(`resource_metadata="${METADATA}"`), `challenge: ${challenge}`);
  return { status: response.status, challenge };
}

const rows = {
  "metadata from the challenge": async () => {
    const { status, challenge } = await send();
    check(status === 401 && !challenge.includes("error="), `${status} ${challenge}`);
    const found = await discoverOAuthServerInfo(resource, { resourceMetadataUrl: new URL(METADATA) });
    const { resourceMetadata, authorizationServerMetadata } = found;
    check(resourceMetadata.resource === resource, "another resource");
    check(resourceMetadata.scopes_supported.join() === SCOPE, "other scopes");
    check(authorizationServerMetadata.issuer === found.authorizationServerUrl, "another issuer");
  },
  "registration, sign-in with PKCE, tool call": async () => {
    const provider = new Provider();
    const client = await connect(provider);
    check(provider.client.client_id && !provider.client.client_secret, "not a public client");
    check(provider.asked.get("code_challenge_method") === "S256", "no PKCE");
    check(provider.asked.get("resource") === resource, "another resource");
    check(provider.asked.get("scope") === SCOPE, "other scopes");
    check(claims(provider.issued.access_token).aud === resource, "another audience");
    await callTool(client, provider);
    await client.close();
  },
  "rejected token is renewed": async () => {
    const provider = new Provider();
    await (await connect(provider)).close();
    const { client_id: id } = provider.client;
    provider.issued = { ...provider.issued, access_token: "expired" };
    const client = await connect(provider);
    check(provider.client.client_id === id, "the client has registered again");
    check(claims(provider.issued.access_token).aud === resource, "another audience");
    await callTool(client, provider);
    await client.close();
  },
  "token of another resource refused": async () => {
    const provider = new Provider();
    provider.validateResourceURL = () => new URL("https://other.example/mcp");
    const error = await connect(provider).then(
      () => undefined,
      (caught) => caught,
    );
    check(error?.code === 401, `${error}`);
    const token = provider.issued.access_token;
    check(claims(token).aud === "https://other.example/mcp", "another audience");
    const { status, challenge } = await send(token);
    check(status === 401 && challenge.includes('error="invalid_token"'), `${status} ${challenge}`);
  },
  "token without a resource refused": async () => {
    const { tokens } = await signIn(SCOPE);
    const { status, challenge } = await send(tokens.access_token);
    check(status === 401 && challenge.includes('error="invalid_token"'), `${status} ${challenge}`);
  },
  "missing scope refused, then requested": async () => {
    const { client, tokens } = await signIn("openid", resource);
    const { status, challenge } = await send(tokens.access_token);
    check(status === 403 && challenge.includes('error="insufficient_scope"'), `${status} ${challenge}`);
    // The client requests the scope of the challenge in a second sign-in.
    const provider = new Provider();
    provider.client = client;
    provider.issued = { access_token: tokens.access_token, token_type: "Bearer" };
    const connected = await connect(provider);
    check(provider.asked.get("scope") === SCOPE, "other scopes");
    await callTool(connected, provider);
    await connected.close();
  },
};

const cells = [];
for (const [row, run] of Object.entries(rows)) {
  const cell = { client: "mcpserver", row, outcome: "ok" };
  cells.push(cell);
  try {
    await run();
  } catch (error) {
    cell.outcome = "refused";
    cell.reason = `${error.name}: ${error.message}`;
  }
}
console.log(JSON.stringify(cells));
