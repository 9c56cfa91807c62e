const form = document.querySelector("form[data-options]");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const options = JSON.parse(form.dataset.options);
    const credential = form.dataset.ceremony === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch {
    document.getElementById("failed").hidden = false;
  }
});
