// The use of passkeys by the page of an application, which calls the API of the pool directly.
"use strict";

/** Calls an operation of the pool. Fails with the name of the exception. */
async function call(endpoint, operation, fields) {
  const reply = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(fields),
  });
  const body = await reply.json();
  if (!reply.ok) throw new Error(`${body.__type}: ${body.message}`);
  return body;
}

/** Signs in with a password, and returns the access token. */
async function withPassword({ endpoint, client, username, password }) {
  const answer = await call(endpoint, "InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId: client,
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });
  return answer.AuthenticationResult.AccessToken;
}

/** Registers a passkey, and returns the list of all passkeys. */
async function register(person) {
  const { endpoint } = person;
  const AccessToken = await withPassword(person);
  const start = await call(endpoint, "StartWebAuthnRegistration", { AccessToken });
  const options = start.CredentialCreationOptions;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey });
  const Credential = credential.toJSON();
  await call(endpoint, "CompleteWebAuthnRegistration", { AccessToken, Credential });
  return (await call(endpoint, "ListWebAuthnCredentials", { AccessToken })).Credentials;
}

/** Signs in with a passkey, and returns the attributes of the user. */
async function withPasskey({ endpoint, client, username }) {
  const asked = await call(endpoint, "InitiateAuth", {
    AuthFlow: "USER_AUTH",
    ClientId: client,
    AuthParameters: { USERNAME: username, PREFERRED_CHALLENGE: "WEB_AUTHN" },
  });
  const options = JSON.parse(asked.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({ publicKey });
  const answer = await call(endpoint, "RespondToAuthChallenge", {
    ChallengeName: asked.ChallengeName,
    ClientId: client,
    Session: asked.Session,
    ChallengeResponses: {
      USERNAME: username,
      CREDENTIAL: JSON.stringify(credential.toJSON()),
    },
  });
  const { AccessToken } = answer.AuthenticationResult;
  return (await call(endpoint, "GetUser", { AccessToken })).UserAttributes;
}
