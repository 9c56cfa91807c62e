// The actions of an application with Amplify, by row. They run in Node.js and in a browser.

import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";
import { check, refused } from "./check.mjs";

const PASSWORD = "SecurePass123!";
const [TEMPORARY, NEW] = ["Temporary123!", "AnotherPass123!"];

/** The user pools, with their app clients. */
const POOL = { userPoolId: "us-east-1_Interop5", userPoolClientId: "interopamplify" };
const ROTATING = { ...POOL, userPoolClientId: "interopamplifyrotating" };
const DEVICES = { userPoolId: "us-east-1_Interop4", userPoolClientId: "interopdevices" };

/** Configures Amplify for a user pool of the emulator, as its documentation says. */
export function configure(endpoint, pool = POOL, others = {}) {
  Amplify.configure({ Auth: { Cognito: { ...pool, userPoolEndpoint: endpoint, ...others } } });
}

/** Returns the claims of the ID token of the signed-in user. */
export async function claims() {
  const { tokens } = await auth.fetchAuthSession();
  check(tokens?.idToken, "no user is signed in");
  return tokens.idToken.payload;
}

/**
 * Returns the rows, by name. `world` has the endpoint of the emulator, the name of this client, and
 * three functions: `code` returns the code of the latest message to an address, `totp` returns the
 * code of an authenticator app, and `identityPool` creates an identity pool for an app client.
 */
export function rows(world) {
  const { endpoint } = world;
  const address = (what) => `${what}.${world.name}@example.com`;

  /** Starts without a signed-in user. */
  async function start(pool = POOL) {
    configure(endpoint, pool);
    await auth.signOut();
  }

  /** Checks that the signed-in user has this address. */
  async function isSignedIn(username) {
    const { email } = await auth.fetchUserAttributes();
    check(email === username, `${email} is signed in`);
    check((await claims()).email === username, "the ID token belongs to another user");
    const user = await auth.getCurrentUser();
    check(user.userId === (await claims()).sub, "the current user is another one");
  }

  /** Checks that the next step of a sign-in is this one. */
  function isStep({ nextStep }, step) {
    check(nextStep.signInStep === step, `the next step is ${nextStep.signInStep}`);
    return nextStep;
  }

  async function signIn(what, options = {}, step = "DONE") {
    const username = address(what);
    const signedIn = await auth.signIn({ username, password: PASSWORD, options });
    const next = isStep(signedIn, step);
    if (step === "DONE") await isSignedIn(username);
    return next;
  }

  async function respond(challengeResponse, step = "DONE") {
    isStep(await auth.confirmSignIn({ challengeResponse }), step);
  }

  /** Calls an operation with an access token, as another instance of the application would. */
  async function getUser(token) {
    const reply = await fetch(endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AWSCognitoIdentityProviderService.GetUser",
      },
      body: JSON.stringify({ AccessToken: token }),
    });
    return reply.json();
  }

  async function signUp(what, password, autoSignIn) {
    const username = address(what);
    const options = { userAttributes: { email: username }, autoSignIn };
    const { nextStep } = await auth.signUp({ username, password, options });
    check(nextStep.signUpStep === "CONFIRM_SIGN_UP", `the next step is ${nextStep.signUpStep}`);
    const { deliveryMedium, destination } = nextStep.codeDeliveryDetails;
    check(deliveryMedium === "EMAIL" && destination.includes("***@"), destination);
    const confirmationCode = await world.code(username);
    const confirmed = await auth.confirmSignUp({ username, confirmationCode });
    const step = confirmed.nextStep.signUpStep;
    check(step === "COMPLETE_AUTO_SIGN_IN", `the next step is ${step}`);
    isStep(await auth.autoSignIn(), "DONE");
    await isSignedIn(username);
    // Amplify ignores another automatic sign-in within 300 milliseconds.
    await new Promise((resolve) => setTimeout(resolve, 400));
  }

  /** Signs out, and checks that the access token is then rejected. */
  async function signOut(options) {
    const { tokens } = await auth.fetchAuthSession();
    await auth.signOut(options);
    const rejected = await getUser(tokens.accessToken.toString());
    check(rejected.message === "Access Token has been revoked", JSON.stringify(rejected));
    await refused(() => auth.getCurrentUser(), "UserUnAuthenticatedException");
  }

  async function refresh() {
    const before = (await auth.fetchAuthSession()).tokens;
    const { tokens } = await auth.fetchAuthSession({ forceRefresh: true });
    check(`${tokens.accessToken}` !== `${before.accessToken}`, "the access token is the same");
    check(tokens.idToken.payload.sub === before.idToken.payload.sub, "another user");
  }

  return {
    "sign-up with automatic sign-in": async () => {
      await start();
      await signUp("up", PASSWORD, true);
    },

    "sign-up with automatic sign-in by session": async () => {
      await start();
      await signUp("upsession", PASSWORD, { authFlowType: "USER_AUTH" });
    },

    "sign-up without a password": async () => {
      await start();
      await signUp("upcode", undefined, { authFlowType: "USER_AUTH" });
    },

    "another code for a sign-up": async () => {
      await start();
      const username = address("resend");
      const options = { userAttributes: { email: username } };
      await auth.signUp({ username, password: PASSWORD, options });
      const notConfirmed = await auth.signIn({ username, password: PASSWORD });
      isStep(notConfirmed, "CONFIRM_SIGN_UP");
      await auth.resendSignUpCode({ username });
      const wrong = { username, confirmationCode: "000000" };
      await refused(() => auth.confirmSignUp(wrong), "CodeMismatchException");
      const confirmationCode = await world.code(username);
      await auth.confirmSignUp({ username, confirmationCode });
      const again = () => auth.signUp({ username, password: PASSWORD, options });
      await refused(again, "UsernameExistsException");
    },

    SRP: async () => {
      await start();
      await signIn("plain");
    },

    "password without SRP": async () => {
      await start();
      await signIn("plain", { authFlowType: "USER_PASSWORD_AUTH" });
    },

    "wrong password refused": async () => {
      await start();
      const attempt = () => auth.signIn({ username: address("plain"), password: "WrongPass123!" });
      await refused(attempt, "NotAuthorizedException", "Incorrect username or password.");
    },

    "new password": async () => {
      await start();
      const username = address("new");
      const step = "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED";
      isStep(await auth.signIn({ username, password: TEMPORARY }), step);
      await respond(NEW);
      await isSignedIn(username);
    },

    "forgotten password": async () => {
      await start();
      const username = address("reset");
      const { nextStep } = await auth.resetPassword({ username });
      const asked = nextStep.resetPasswordStep;
      check(asked === "CONFIRM_RESET_PASSWORD_WITH_CODE", `the next step is ${asked}`);
      const confirmationCode = await world.code(username);
      await auth.confirmResetPassword({ username, confirmationCode, newPassword: NEW });
      isStep(await auth.signIn({ username, password: NEW }), "DONE");
      await auth.updatePassword({ oldPassword: NEW, newPassword: PASSWORD });
    },

    "set-up of TOTP": async () => {
      await start();
      await signIn("app");
      const { sharedSecret, getSetupUri } = await auth.setUpTOTP();
      check(getSetupUri("shop").href.includes(sharedSecret), "another secret");
      await auth.verifyTOTPSetup({ code: await world.totp(sharedSecret) });
      await auth.updateMFAPreference({ totp: "PREFERRED" });
      const { enabled, preferred } = await auth.fetchMFAPreference();
      check(enabled.includes("TOTP") && preferred === "TOTP", `${preferred} is preferred`);
      await auth.signOut();
      await signIn("app", {}, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
    },

    TOTP: async () => {
      await start();
      await signIn("totp", {}, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
      const wrong = () => auth.confirmSignIn({ challengeResponse: "000000" });
      await refused(wrong, "CodeMismatchException");
      await respond(await world.totp("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"));
      await isSignedIn(address("totp"));
    },

    "e-mail code as second factor": async () => {
      await start();
      await signIn("second");
      await auth.updateMFAPreference({ email: "PREFERRED" });
      await auth.signOut();
      const next = await signIn("second", {}, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
      check(next.codeDeliveryDetails.deliveryMedium === "EMAIL", JSON.stringify(next));
      await respond(await world.code(address("second")));
      await isSignedIn(address("second"));
    },

    "e-mail code as first factor": async () => {
      await start();
      const username = address("plain");
      const options = { authFlowType: "USER_AUTH", preferredChallenge: "EMAIL_OTP" };
      isStep(await auth.signIn({ username, options }), "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
      const wrong = () => auth.confirmSignIn({ challengeResponse: "00000000" });
      await refused(wrong, "CodeMismatchException");
      await respond(await world.code(username));
      await isSignedIn(username);
    },

    "choice of the first factor": async () => {
      await start();
      const username = address("plain");
      const options = { authFlowType: "USER_AUTH" };
      const choice = isStep(
        await auth.signIn({ username, options }),
        "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION",
      );
      const offered = choice.availableChallenges.toSorted().join(" ");
      check(offered === "EMAIL_OTP PASSWORD PASSWORD_SRP", `${offered} are offered`);
      await respond("PASSWORD_SRP", "CONFIRM_SIGN_IN_WITH_PASSWORD");
      await respond(PASSWORD);
      await isSignedIn(username);
    },

    "changed address verified": async () => {
      await start();
      await signIn("moves");
      const email = address("moved");
      const changed = await auth.updateUserAttributes({ userAttributes: { email, name: "Ann" } });
      check(changed.name.isUpdated, "the name was not changed");
      const { updateAttributeStep } = changed.email.nextStep;
      const step = "CONFIRM_ATTRIBUTE_WITH_CODE";
      check(updateAttributeStep === step, `the next step is ${updateAttributeStep}`);
      const confirmationCode = await world.code(email);
      await auth.confirmUserAttribute({ userAttributeKey: "email", confirmationCode });
      const attributes = await auth.fetchUserAttributes();
      check(attributes.email === email && attributes.email_verified === "true", attributes.email);
    },

    refresh: async () => {
      await start();
      await signIn("plain");
      await refresh();
    },

    rotation: async () => {
      await start(ROTATING);
      await signIn("plain");
      await refresh();
      await refresh();
    },

    "remembered device": async () => {
      await start(DEVICES);
      await signIn("device", {}, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
      await respond(await world.totp("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"));
      await auth.rememberDevice();
      await auth.signOut();
      // The device replaces the second factor.
      await signIn("device");
      await refresh();
      const devices = await auth.fetchDevices();
      check(devices.length === 1, `${devices.length} devices`);
      const { tokens } = await auth.fetchAuthSession();
      const { device_key: key } = tokens.accessToken.payload;
      check(devices[0].id === key, "the token has another device");
      await auth.forgetDevice();
      check((await auth.fetchDevices()).length === 0, "the device is not forgotten");
    },

    "credentials of an identity pool": async () => {
      const identityPoolId = await world.identityPool(POOL);
      configure(endpoint, POOL, { identityPoolId, identityPoolEndpoint: endpoint });
      await auth.signOut();
      await signIn("plain");
      const { credentials, identityId } = await auth.fetchAuthSession();
      check(credentials.accessKeyId.startsWith("ASIA"), "no temporary credentials");
      check(identityId.startsWith("us-east-1:"), identityId);
    },

    "sign-out": async () => {
      await start();
      await signIn("plain");
      await signOut();
    },

    "global sign-out": async () => {
      await start();
      await signIn("plain");
      await signOut({ global: true });
    },

    "deletion of the account": async () => {
      await start();
      await signIn("gone");
      await auth.deleteUser();
      const attempt = () => auth.signIn({ username: address("gone"), password: PASSWORD });
      await refused(attempt, "UserNotFoundException");
    },
  };
}
