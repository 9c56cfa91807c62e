// What cannot be done without a script: passkeys. And two conveniences: the summary of what went
// wrong is moved to, and codes can be copied. No token ever comes here.
"use strict";

/** Where the next thing happens, for those who cannot see it. */
function focusSummary() {
  document.querySelector("[data-focus]")?.focus();
}

/** Says something where screen readers hear it. */
function say(button, text) {
  const place = button.form?.querySelector("[data-status]") ?? button.nextElementSibling;
  if (place) place.textContent = text;
}

/** A passkey is made, or proves who its owner is; the form takes the answer to the server. */
async function usePasskey(button) {
  const form = button.form;
  const options = JSON.parse(form.dataset.options);
  button.disabled = true;
  say(button, "Follow your browser: it asks for your finger, face, PIN or security key.");
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
    say(button, refusal(error));
  }
}

/** Why the browser did not do it, in words for a person. */
function refusal(error) {
  switch (error.name) {
    case "NotAllowedError":
      return "Nothing was done: it was cancelled, took too long, or no passkey is here.";
    case "InvalidStateError":
      return "This device has a passkey for this account already.";
    case "SecurityError":
      return "Passkeys do not work at this address: the pool names another domain.";
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
    say(button, "Your browser does not let it be copied: select it by hand.");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.matches("[data-passkey] button[type=button]")) usePasskey(button);
  if (button?.dataset.copy) copy(button);
});

/** What needs a script is shown by it. */
function revealWhatNeedsScript(root) {
  for (const element of root.querySelectorAll("[data-script]")) element.hidden = false;
}

document.addEventListener("DOMContentLoaded", () => {
  revealWhatNeedsScript(document);
  focusSummary();
});
document.addEventListener("htmx:afterSwap", (event) => revealWhatNeedsScript(event.target));
