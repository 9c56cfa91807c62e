// What the sign-ins through identity providers of others have in common.

import {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
} from "@aws-sdk/client-cognito-identity-provider";

export const CALLBACK = "https://shop.example/callback";

export function check(holds, what) {
  if (!holds) throw new Error(what);
}

/** Returns a client of the operator of a pool. */
export function operator(endpoint, pool) {
  const region = pool.split("_")[0];
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return new CognitoIdentityProviderClient({ region, endpoint, credentials });
}

/** Adds an app client that signs in only through a provider. Returns its id. */
export async function addClient(aws, pool, provider) {
  const created = await aws.send(
    new CreateUserPoolClientCommand({
      UserPoolId: pool,
      ClientName: provider,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ["code"],
      AllowedOAuthScopes: ["openid"],
      CallbackURLs: [CALLBACK],
      SupportedIdentityProviders: [provider],
    }),
  );
  return created.UserPoolClient.ClientId;
}

/** Exchanges the code in the URL of an app client, and returns the claims of the ID token. */
export async function claims(endpoint, client, back) {
  const code = back.searchParams.get("code");
  check(code, `no code: ${back}`);
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: client,
    redirect_uri: CALLBACK,
    code,
  });
  const answer = await fetch(new URL("/oauth2/token", endpoint), { method: "POST", body });
  const tokens = await answer.json();
  check(tokens.id_token, JSON.stringify(tokens));
  return JSON.parse(Buffer.from(tokens.id_token.split(".")[1], "base64url"));
}
