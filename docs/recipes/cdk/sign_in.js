// Signs a user up and in, in the user pool of the stack.

import { readFileSync } from "node:fs";
import {
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  GetUserCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";

const [EMAIL, PASSWORD] = ["ann@example.com", "SecurePass123!"];
const { ClientId } = JSON.parse(readFileSync("outputs.json")).Shop;
// The SDK reads the region and the endpoint from the environment.
const cognito = new CognitoIdentityProviderClient();

await cognito.send(new SignUpCommand({ ClientId, Username: EMAIL, Password: PASSWORD }));

// The emulator sends no e-mail. Its inbox has the messages, the oldest first.
const endpoint = process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER;
const inbox = await fetch(`${endpoint}/_emulator/inbox?to=${EMAIL}`);
const { code } = (await inbox.json()).at(-1);
await cognito.send(new ConfirmSignUpCommand({ ClientId, Username: EMAIL, ConfirmationCode: code }));

const { AuthenticationResult } = await cognito.send(
  new InitiateAuthCommand({
    ClientId,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: EMAIL, PASSWORD },
  }),
);
const { AccessToken } = AuthenticationResult;
const { UserAttributes } = await cognito.send(new GetUserCommand({ AccessToken }));
console.log("signed in as", UserAttributes.find(({ Name }) => Name === "email").Value);
