const form = document.querySelector("form[data-options]");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const options = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(form.dataset.options));
    const credential = await navigator.credentials.get({ publicKey: options });
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch {
    document.getElementById("failed").hidden = false;
  }
});
