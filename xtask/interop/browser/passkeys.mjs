// Creates and uses passkeys with a real browser: `passkeys.mjs ENDPOINT CHROMIUM`.
//
// Prints the results as a JSON list of cells. This program serves the page on http://localhost. The
// page calls the emulator directly, like the page of an application. The authenticator is the
// virtual one of the browser (Chrome DevTools Protocol, domain WebAuthn).

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { chromium } from "playwright-core";
import { addAuthenticator } from "./authenticator.mjs";

const [endpoint, executablePath] = process.argv.slice(2);
const PERSON = {
  endpoint,
  client: "interoppasskeys",
  username: "plain.chromium@example.com",
  password: "SecurePass123!",
};

function check(holds, what) {
  if (!holds) throw new Error(what);
}

/** Checks that an action is rejected with this error. */
async function refused(attempt, how) {
  let message;
  try {
    await attempt();
  } catch (error) {
    message = error.message;
  }
  check(message, "it was not rejected");
  check(message.includes(how), `refused otherwise: ${message}`);
}

/** Serves the page on this host. */
async function serve() {
  const files = {
    "/": ["text/html", "page.html"],
    "/page.js": ["text/javascript", "page.js"],
  };
  const server = createServer((request, response) => {
    const [type, name] = files[request.url] ?? [];
    if (!name) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": type });
    response.end(readFileSync(new URL(name, import.meta.url)));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { server, url: `http://localhost:${server.address().port}/` };
}

/** Opens a separate page with a separate authenticator. */
async function visit(browser, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  const { devtools, authenticatorId } = await addAuthenticator(page);
  return {
    register: () => page.evaluate((person) => register(person), PERSON),
    signIn: () => page.evaluate((person) => withPasskey(person), PERSON),
    forget: () => devtools.send("WebAuthn.clearCredentials", { authenticatorId }),
    async credentials() {
      return (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
    },
    add: (credential) => devtools.send("WebAuthn.addCredential", { authenticatorId, credential }),
    isVerified: (isUserVerified) =>
      devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
  };
}

/** The actions of a user, by row. */
function rows(owner, thief) {
  let copied;
  return {
    async "passkey registered"() {
      const passkeys = await owner.register();
      check(passkeys.length === 1, `${passkeys.length} passkeys`);
      check(passkeys[0].RelyingPartyId === "localhost", passkeys[0].RelyingPartyId);
      [copied] = await owner.credentials();
    },

    async "authenticator used for one passkey only"() {
      await refused(() => owner.register(), "InvalidStateError");
    },

    async "passkey signs in"() {
      for (let round = 0; round < 2; round += 1) {
        const attributes = await owner.signIn();
        const email = attributes.find(({ Name }) => Name === "email");
        check(email.Value === PERSON.username, "another user was signed in");
      }
    },

    async "copied authenticator refused"() {
      await thief.add(copied);
      await refused(() => thief.signIn(), "NotAuthorizedException");
    },

    async "unverified user refused"() {
      await owner.isVerified(false);
      await refused(() => owner.signIn(), "NotAllowedError");
      await owner.isVerified(true);
    },

    async "deleted passkey refused"() {
      await owner.forget();
      await refused(() => owner.signIn(), "NotAllowedError");
    },
  };
}

const { server, url } = await serve();
// Root cannot set up the sandbox of Chromium.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath, args });
const cells = [];
try {
  const [owner, thief] = [await visit(browser, url), await visit(browser, url)];
  for (const [row, attempt] of Object.entries(rows(owner, thief))) {
    const cell = { client: "chromium", row, outcome: "ok" };
    try {
      await attempt();
    } catch (error) {
      Object.assign(cell, { outcome: "refused", reason: error.message.split("\n")[0] });
    }
    cells.push(cell);
  }
} finally {
  await browser.close();
  server.close();
}
console.log(JSON.stringify(cells));
