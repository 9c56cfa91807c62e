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

/** Creates a passkey or signs in with it, and sends the credential with the form. */
async function usePasskey(button) {
  const form = button.form;
  const options = JSON.parse(form.dataset.options);
  button.disabled = true;
  say(button, "Follow your browser: it asks for your fingerprint, face, PIN or security key.");
  try {
    const credential =
      form.dataset.passkey === "create"
        ? await navigator.credentials.create({
            publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
          })
        : await navigator.credentials.get({
            publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
          });
    form.querySelector("[name=credential]").value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch (error) {
    button.disabled = false;
    say(button, reason(error));
  }
}

/** Returns the message for an error of the browser. */
function reason(error) {
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
