import { Amplify } from "aws-amplify";
import {
  confirmSignUp,
  fetchUserAttributes,
  getCurrentUser,
  signIn,
  signOut,
  signUp,
} from "aws-amplify/auth";

const settings = import.meta.env;
const form = document.querySelector("form");
const status = document.querySelector("[role=status]");

/** Each action is a button of the form. It returns the message that the page shows. */
const actions = {
  async signUp({ email, password }) {
    const options = { userAttributes: { email } };
    await signUp({ username: email, password, options });
    return "The code was sent.";
  },
  async confirm({ email, code }) {
    await confirmSignUp({ username: email, confirmationCode: code });
    return "Confirmed.";
  },
  async signIn({ email, password }) {
    const { isSignedIn, nextStep } = await signIn({ username: email, password });
    return isSignedIn ? signedInUser() : `Next step: ${nextStep.signInStep}`;
  },
  async signOut() {
    await signOut();
    return "Signed out.";
  },
};

/** Amplify keeps the tokens in the local storage of the browser, so a user stays signed in after a reload. */
async function userAtLoad() {
  try {
    await getCurrentUser();
  } catch {
    return "No user is signed in.";
  }
  return signedInUser();
}

async function signedInUser() {
  const { email } = await fetchUserAttributes();
  return `Signed in as ${email}.`;
}

/** Shows the message of an action, or its error. */
async function show(action) {
  try {
    status.textContent = await action();
  } catch (error) {
    status.textContent = `${error.name}: ${error.message}`;
  }
}

// The settings are in `.env.development` and `.env.production`.
if (settings.VITE_COGNITO_USER_POOL_ID && settings.VITE_COGNITO_CLIENT_ID) {
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: settings.VITE_COGNITO_USER_POOL_ID,
        userPoolClientId: settings.VITE_COGNITO_CLIENT_ID,
        // Without an endpoint, Amplify calls AWS.
        userPoolEndpoint: settings.VITE_COGNITO_ENDPOINT,
      },
    },
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form));
    show(() => actions[event.submitter.value](fields));
  });
  show(userAtLoad);
} else {
  for (const element of form.elements) element.disabled = true;
  status.textContent = "Set VITE_COGNITO_USER_POOL_ID and VITE_COGNITO_CLIENT_ID, then start or build the page again.";
}
