"use strict";
const status = document.getElementById("status");
let clearing;

function say(message) {
  status.textContent = message;
  clearTimeout(clearing);
  clearing = setTimeout(() => { status.textContent = ""; }, 4000);
}

// The clipboard API needs HTTPS or a loopback address. The selection works everywhere.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  if (!isDone) throw new Error("copy");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await copy(button.dataset.copy);
    say("Copied.");
  } catch {
    say("The browser does not allow copying.");
  }
});

// An error of the window is a page. An error before the window, such as a rejected origin, is JSON.
function messageOf(body) {
  try {
    return JSON.parse(body).message;
  } catch {
    const page = new DOMParser().parseFromString(body, "text/html");
    return page.querySelector("[role=alert]")?.textContent;
  }
}

// A failed call shows its error next to the form, so that the values in the form are kept. A field
// that is called `action` would replace the property `action` of the form, so the attribute is read.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("call" in form.dataset)) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const shown = form.querySelector("[role=alert]") ?? document.createElement("p");
  shown.setAttribute("role", "alert");
  form.append(shown);
  try {
    const response = await fetch(form.getAttribute("action"), { method: "POST", body });
    if (response.ok) return location.assign(response.url);
    shown.textContent = messageOf(await response.text()) ?? `The request failed with status ${response.status}.`;
  } catch {
    shown.textContent = "The emulator does not respond.";
  }
});

// Adds the new entries of a list at its top. The numbers start again if the emulator was restarted.
async function update(list) {
  if (document.hidden || list.dataset.busy) return;
  list.dataset.busy = "yes";
  try {
    const { live, after, most } = list.dataset;
    const response = await fetch(`${live}?after=${after}`);
    const number = response.headers.get("x-emulator-number");
    if (!response.ok || number === null || number === after) return;
    if (Number(number) < Number(after)) list.replaceChildren();
    else list.insertAdjacentHTML("afterbegin", await response.text());
    list.dataset.after = Number(number) < Number(after) ? "0" : number;
    while (list.children.length > most) list.lastElementChild.remove();
  } catch {
    say("The emulator does not respond.");
  } finally {
    delete list.dataset.busy;
  }
}

for (const list of document.querySelectorAll("[data-live]")) {
  setInterval(update, 1000, list);
  document.addEventListener("visibilitychange", () => update(list));
}

// Hides the fields that only other kinds of faults use. A browser may restore the selection of a page.
const kinds = document.querySelector("[data-kinds]");
function showFieldsOfKind() {
  for (const fields of document.querySelectorAll("[data-kind]")) fields.hidden = fields.dataset.kind !== kinds.value;
}
if (kinds) {
  kinds.addEventListener("change", showFieldsOfKind);
  window.addEventListener("pageshow", showFieldsOfKind);
}
