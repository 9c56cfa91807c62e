// Passkeys of the application with Amplify. The authenticator is the virtual one of the browser.

import { addAuthenticator } from "./authenticator.mjs";
import { check } from "./check.mjs";

const PERSON = { username: "passkey.amplifyweb@example.com", password: "SecurePass123!" };

/** Returns the rows, by name. */
export function passkeys(page) {
  const signIn = (options) =>
    page.evaluate(
      async ([person, how]) => {
        app.configurePasskeys();
        await app.auth.signOut();
        const signedIn = await app.auth.signIn({ ...person, options: how });
        return signedIn.nextStep.signInStep;
      },
      [options ? { username: PERSON.username } : PERSON, options],
    );
  const list = () =>
    page.evaluate(async () => (await app.auth.listWebAuthnCredentials()).credentials);
  const byPasskey = { authFlowType: "USER_AUTH", preferredChallenge: "WEB_AUTHN" };

  return {
    "passkey registered": async () => {
      await addAuthenticator(page);
      check((await signIn()) === "DONE", "the password was not enough");
      await page.evaluate(() => app.auth.associateWebAuthnCredential());
      const [passkey, ...others] = await list();
      check(others.length === 0, "several passkeys");
      check(passkey.relyingPartyId === "localhost", passkey.relyingPartyId);
    },

    "passkey signs in": async () => {
      check((await signIn(byPasskey)) === "DONE", "the passkey was not enough");
      const { email } = await page.evaluate(() => app.auth.fetchUserAttributes());
      check(email === PERSON.username, `${email} is signed in`);
    },

    "passkey chosen as first factor": async () => {
      const step = await signIn({ authFlowType: "USER_AUTH" });
      check(step === "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION", `the next step is ${step}`);
      const next = await page.evaluate(async () => {
        const chosen = await app.auth.confirmSignIn({ challengeResponse: "WEB_AUTHN" });
        return chosen.nextStep.signInStep;
      });
      check(next === "DONE", `the next step is ${next}`);
    },

    "deleted passkey not offered": async () => {
      const [{ credentialId }] = await list();
      await page.evaluate((id) => app.auth.deleteWebAuthnCredential({ credentialId: id }), credentialId);
      check((await list()).length === 0, "the passkey is not deleted");
      const step = await signIn(byPasskey);
      check(step === "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION", `the next step is ${step}`);
    },
  };
}
