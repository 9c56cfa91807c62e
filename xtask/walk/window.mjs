// Uses the window of the emulator with a real browser: `window.mjs BASE CHROMIUM PICTURES`. BASE is
// the URL of an emulator.
//
// Prints each step to standard error, and the number of passed steps as JSON to standard output.

import { chromium } from "playwright-core";
import { tell } from "./tell.mjs";
import { check, Visitor } from "./visitor.mjs";

const [base, executablePath, pictures] = process.argv.slice(2);
const counts = { passed: 0, failed: 0 };
const PASSWORD = "SecurePass123!";
const EMAIL = "ann@example.com";
const WINDOW = "/_emulator/window";

/** The emulator does not check the signature. */
const SIGNED = { authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request" };

/** Calls an operation, as an application does. Returns the response and its status. */
async function call(operation, fields, headers = {}) {
  const answer = await fetch(base, {
    method: "POST",
    headers: { "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`, ...headers },
    body: JSON.stringify(fields),
  });
  return { status: answer.status, body: await answer.json().catch(() => ({})) };
}

/** An operator who has the window open. */
function operator(visitor) {
  const { page } = visitor;
  const main = page.locator("main");
  const open = (name) => visitor.go(`${WINDOW}${name}`);
  /** Follows the link of the navigation. */
  const choose = async (name) => {
    const link = page.getByRole("navigation").getByRole("link", { name, exact: true });
    await Promise.all([page.waitForEvent("load"), link.click()]);
    await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
  };
  /** The pool and the app client that the operator creates. */
  const made = {};
  const parameter = (name) => new URL(page.url()).searchParams.get(name);
  const signUp = (Username) => call("SignUp", { ClientId: made.client, Username, Password: PASSWORD });

  return {
    async "the start page shows the pools"() {
      await visitor.go("/");
      visitor.at(WINDOW);
      await visitor.says("us-east-1_EmuPool01");
      await visitor.look("pools");
    },

    async "a pool and an app client are created"() {
      await visitor.fill({ Name: "shop" });
      await visitor.press("Create the pool");
      await visitor.says("CreateUserPool succeeded.");
      made.pool = parameter("pool");
      await visitor.look("pool");
      await visitor.fill({ Name: "web" });
      await visitor.press("Create the app client");
      made.client = parameter("client");
      await visitor.says("userPoolClientId");
      await visitor.look("client");
    },

    async "settings are copied"() {
      await visitor.context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await visitor.touch("Copy the settings for Amplify");
      await page.locator("#status", { hasText: "Copied." }).waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      check(copied.includes(`userPoolClientId: "${made.client}"`), `copied: ${copied}`);
    },

    async "a user is created, and an error is shown at the form"() {
      await open(`/users?pool=${made.pool}`);
      await visitor.fill({ "User name": "bob@example.com", "Temporary password": "short" });
      visitor.expect(`400 ${WINDOW}/call`);
      await visitor.touch("Create the user");
      await page.getByRole("alert").filter({ hasText: "InvalidPasswordException" }).waitFor();
      await visitor.look("users-error");
      visitor.expect();
      await visitor.fill({ "Temporary password": "Temporary-123!" });
      await visitor.press("Create the user");
      await visitor.says("FORCE_CHANGE_PASSWORD");
    },

    async "the form shows why the origin is rejected"() {
      // The emulator allows reads by an IP address of the network, but no changes.
      const url = `**${WINDOW}/call`;
      const origin = "http://192.0.2.1:9229";
      await page.route(url, async (route, request) => {
        const response = await route.fetch({ headers: { ...request.headers(), origin } });
        await route.fulfill({ response });
      });
      visitor.expect(`403 ${WINDOW}/call`);
      await visitor.fill({ "Group name": "staff" });
      await visitor.touch("Create");
      await page.getByRole("alert").filter({ hasText: "--allow-host" }).waitFor();
      visitor.expect();
      await page.unroute(url);
    },

    async "the user gets a password and a group, and is disabled"() {
      await visitor.fill({ "New password": PASSWORD });
      await visitor.press("Set the password");
      await visitor.says("CONFIRMED");
      await visitor.fill({ "Group name": "staff" });
      await visitor.press("Create");
      await visitor.press("Add to the group");
      await visitor.says("Remove from staff");
      await visitor.press("Disable");
      await visitor.says("AdminDisableUser succeeded.");
      await visitor.look("user");
      await open(`/users?pool=${made.pool}`);
      await visitor.look("users");
    },

    async "a code appears in the inbox and is copied"() {
      await choose("Inbox");
      const { status } = await signUp(EMAIL);
      check(status === 200, `the sign-up has status ${status}`);
      await main.getByText(EMAIL, { exact: true }).waitFor();
      await visitor.look("inbox");
      await visitor.touch(`Copy the code for ${EMAIL}`);
      await page.locator("#status", { hasText: "Copied." }).waitFor();
      made.code = await page.evaluate(() => navigator.clipboard.readText());
      check(/^\d{6}$/.test(made.code), `the code is ${made.code}`);
    },

    async "an e-mail with HTML is shown in a frame and in a tab"() {
      const logo = "data:image/svg+xml," + encodeURIComponent(
        "<svg xmlns='http://www.w3.org/2000/svg' width='48' height='48'><circle cx='24' cy='24' r='22' fill='#1357a6'/></svg>",
      );
      const text = `<div style="max-width:30rem;margin:auto;text-align:center"><img src="${logo}" alt="Shop">
        <h1 style="font-size:1.4rem">Welcome to the shop</h1>
        <p>Enter this code to confirm your address:</p>
        <p style="font-size:2rem;letter-spacing:.3rem;background:#eef3fa;padding:.5rem">{####}</p>
        <p><a href="http://localhost:3000/verify?code={####}">Confirm the address</a></p></div>`;
      const settings = {
        UserPoolId: made.pool,
        AutoVerifiedAttributes: ["email"],
        VerificationMessageTemplate: { EmailMessage: text, EmailSubject: "Your code" },
      };
      const updated = await call("UpdateUserPool", settings, SIGNED);
      check(updated.status === 200, `the update has status ${updated.status}: ${updated.body.message}`);
      const { status } = await signUp("cy@example.com");
      check(status === 200, `the sign-up has status ${status}`);
      await main.getByText("Your code").waitFor();
      await choose("Inbox");
      const email = page.frameLocator("iframe").first();
      const heading = email.getByRole("heading", { name: "Welcome to the shop" });
      await heading.waitFor();
      check((await heading.evaluate((node) => getComputedStyle(node).fontSize)) === "22.4px", "the e-mail has no styles");
      await main.getByRole("link", { name: /^Open http:\/\/localhost:3000\/verify/ }).waitFor();
      await visitor.look("inbox-html");
      const tab = visitor.context.waitForEvent("page");
      await main.getByRole("link", { name: /^Open e-mail/ }).click();
      const opened = await tab;
      await opened.getByRole("heading", { name: "Welcome to the shop" }).waitFor();
      await opened.close();
    },

    async "requests of an application appear in the log"() {
      await choose("Requests");
      const fields = {
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId: made.client,
        AuthParameters: { USERNAME: "bob@example.com", PASSWORD: "wrong" },
      };
      await call("InitiateAuth", fields);
      const row = main.getByRole("row").filter({ hasText: "InitiateAuth" }).first();
      await row.filter({ hasText: "NotAuthorizedException" }).waitFor();
      const text = await visitor.text();
      check(!text.includes("bob@example.com"), "the log contains an address");
      await visitor.look("requests");
    },

    async "the clock is advanced until the code expires"() {
      await choose("Clock and faults");
      await visitor.press("Freeze the clock");
      await visitor.says("frozen");
      await visitor.press("Advance 1 day");
      await visitor.press("Advance 1 hour");
      const fields = { ClientId: made.client, Username: EMAIL, ConfirmationCode: made.code };
      const { body } = await call("ConfirmSignUp", fields);
      check(body.__type === "ExpiredCodeException", `the error is ${body.__type}`);
      await visitor.press("Let the clock run");
    },

    async "a fault is injected and removed"() {
      await visitor.fill({ "Operation or endpoint": "ForgotPassword" });
      await visitor.press("Inject the fault");
      await visitor.look("control");
      const fields = { ClientId: made.client, Username: EMAIL };
      const { body } = await call("ForgotPassword", fields);
      check(body.__type === "TooManyRequestsException", `the error is ${body.__type}`);
      await visitor.press("Remove all faults");
      await visitor.says("There is no fault.");
      const after = await call("ForgotPassword", fields);
      check(after.body.__type !== "TooManyRequestsException", "the fault is not removed");
    },

    async "a token is decoded"() {
      const flows = { AuthFlow: "USER_PASSWORD_AUTH", ClientId: "emulatorclient1" };
      const user = { Username: "eve@example.com", Password: PASSWORD, ClientId: "emulatorclient1" };
      await call("SignUp", user);
      await open("/inbox");
      const code = await main.locator("code").first().innerText();
      await call("ConfirmSignUp", { ...user, Password: undefined, ConfirmationCode: code });
      const AuthParameters = { USERNAME: user.Username, PASSWORD };
      const { body } = await call("InitiateAuth", { ...flows, AuthParameters });
      await choose("Tokens");
      await visitor.fill({ "Access token or ID token": body.AuthenticationResult.IdToken });
      await visitor.press("Decode");
      await visitor.says("valid, by pool us-east-1_EmuPool01");
      await visitor.says('"email": "eve@example.com"');
      await visitor.look("tokens");
    },

    async "the keyboard reaches the content and the navigation"() {
      await open("");
      await page.keyboard.press("Tab");
      const first = await page.evaluate(() => document.activeElement.textContent);
      check(first === "Skip to the content", `the first focus is at "${first}"`);
      await page.keyboard.press("Enter");
      const focused = await page.evaluate(() => document.activeElement.id);
      check(focused === "content", `the focus is at "${focused}"`);
    },
  };
}

// Root cannot set up the sandbox of Chromium.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath, args });
try {
  const grave = ["minor", "moderate", "serious", "critical"];
  const visitor = await Visitor.arrive(browser, { base, pictures, clock: { ahead: 0 }, grave });
  await tell([visitor], operator(visitor), counts, pictures);
} finally {
  await browser.close();
}
console.log(JSON.stringify(counts));
