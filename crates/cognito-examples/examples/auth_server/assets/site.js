// The features that need a script: passkeys, the focus on the summary of errors, and the buttons
// that copy codes. Scripts never receive a token.
"use strict";

/** Moves the focus to the summary of errors, for screen readers. */
function focusSummary() {
  document.querySelector("[data-focus]")?.focus();
}

/** Shows a text that screen readers announce. */
function say(button, text) {
  const place = button.form?.querySelector("[data-status]") ?? button.nextElementSibling;
  if (place) place.textContent = text;
}

const FOLLOW = "Follow your browser: it asks for your fingerprint, face, PIN or security key.";

/** Signs in with a passkey: sends the credential with the form. */
async function usePasskey(button) {
  const form = button.form;
  const options = JSON.parse(form.dataset.options);
  button.disabled = true;
  say(button, FOLLOW);
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const credential = await navigator.credentials.get({ publicKey });
    form.querySelector("[name=credential]").value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch (error) {
    button.disabled = false;
    say(button, reason(error));
  }
}

/** A response of a route that is not a success. Its message is for the user. */
class Rejected extends Error {}

/** Sends JSON to a route. If the access token has expired, refreshes it once. */
async function send(path, body) {
  const post = (path, body) =>
    fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  let response = await post(path, body);
  if (response.status === 401 && (await post("/auth/refresh", {})).ok) {
    response = await post(path, body);
  }
  const answer = await response.json();
  if (!response.ok) throw new Rejected(answer.message);
  return answer;
}

/** Runs an action of a button, and then shows the page again, with the result. */
async function act(button, done, action) {
  button.disabled = true;
  try {
    await action();
    location.assign(`/security/passkeys?done=${done}`);
  } catch (error) {
    button.disabled = false;
    say(button, reason(error));
  }
}

/** Creates a passkey, and registers it. */
function registerPasskey(button) {
  return act(button, "passkey-registered", async () => {
    const options = await send("/auth/passkeys/begin", {});
    say(button, FOLLOW);
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const credential = await navigator.credentials.create({ publicKey });
    await send("/auth/passkeys/complete", { credential: credential.toJSON() });
  });
}

function deletePasskey(button) {
  const credentialId = button.dataset.deletePasskey;
  return act(button, "passkey-deleted", () => send("/auth/passkeys/delete", { credentialId }));
}

/** Returns the message for an error of the browser or of a route. */
function reason(error) {
  if (error instanceof Rejected) return error.message;
  switch (error.name) {
    case "NotAllowedError":
      return "It was cancelled, took too long, or there is no passkey on this device.";
    case "InvalidStateError":
      return "This device already has a passkey for this account.";
    case "SecurityError":
      return "Passkeys do not work at this address: the user pool is set to another domain.";
    default:
      return "This browser could not use a passkey. Sign in another way.";
  }
}

async function copy(button) {
  const text = document.getElementById(button.dataset.copy).textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
    say(button, "Copied.");
  } catch {
    say(button, "Your browser does not allow copying: select the text and copy it.");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.matches("[data-passkey] button[type=button]")) usePasskey(button);
  if (button?.matches("[data-register-passkey]")) registerPasskey(button);
  if (button?.dataset.deletePasskey) deletePasskey(button);
  if (button?.dataset.copy) copy(button);
});

/** Shows the elements that need a script. */
function revealWhatNeedsScript(root) {
  for (const element of root.querySelectorAll("[data-script]")) element.hidden = false;
}

document.addEventListener("DOMContentLoaded", () => {
  revealWhatNeedsScript(document);
  focusSummary();
});
document.addEventListener("htmx:afterSwap", (event) => revealWhatNeedsScript(event.target));
