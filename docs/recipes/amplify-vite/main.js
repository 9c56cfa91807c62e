import { Amplify } from "aws-amplify";
import { confirmSignUp, fetchUserAttributes, signIn, signOut, signUp } from "aws-amplify/auth";

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: "us-east-1_EmuPool01",
      userPoolClientId: "emulatorclient1",
      // In production, leave this line out.
      userPoolEndpoint: import.meta.env.VITE_COGNITO_ENDPOINT,
    },
  },
});

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
    if (!isSignedIn) return `Next step: ${nextStep.signInStep}`;
    const user = await fetchUserAttributes();
    return `Signed in as ${user.email}.`;
  },
  async signOut() {
    await signOut();
    return "Signed out.";
  },
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    status.textContent = await actions[event.submitter.value](Object.fromEntries(new FormData(form)));
  } catch (error) {
    status.textContent = `${error.name}: ${error.message}`;
  }
});
