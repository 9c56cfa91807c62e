// The actions of users on the auth server, step by step. Each step starts where the previous step has ended.

import { check } from "./visitor.mjs";
import { code, read, secretOf } from "./totp.mjs";

const ADA = { email: "ada@example.com", password: "SecurePass123!", name: "Ada Example" };
const GRACE = { email: "grace@example.com", password: "EvenBetter456!" };

/** Ada: sign-up, sign-in with all factors, sessions, and the deletion of the account. */
export function ada(visitor) {
  const { page } = visitor;
  let secret;

  const login = async (password = ADA.password) => {
    await visitor.go("/login");
    await visitor.fill({ "E-mail address": ADA.email, Password: password });
    await visitor.press("Sign in");
  };
  const withApp = async () => {
    await login();
    visitor.at("/login/step");
    await visitor.wait(60);
    await visitor.fill({ Code: code(secret, visitor.now()) });
    await visitor.press("Continue");
    await visitor.says(ADA.email, "header");
  };

  return {
    async "the start page names the emulator"() {
      await visitor.go("/");
      await visitor.says("no data leaves this computer", "aside");
      await visitor.look("home");
    },

    async "a weak password is rejected at its field"() {
      visitor.expect("400 /sign-up");
      await visitor.go("/sign-up");
      await visitor.look("sign-up");
      await visitor.fill({ "E-mail address": ADA.email, Password: "password" });
      await visitor.press("Create the account");
      await visitor.complains("too easy to guess", "password");
      await visitor.look("sign-up-rejected");
    },

    async "sign-up leads to the confirmation"() {
      await visitor.fill({ "Name (optional)": ADA.name, Password: ADA.password });
      await visitor.press("Create the account");
      visitor.at("/confirm");
      check((await page.getByLabel("E-mail address").inputValue()) === ADA.email, "asked again");
      await visitor.look("confirm");
    },

    async "a wrong code can be corrected"() {
      visitor.expect("400 /confirm");
      await visitor.fill({ Code: "000000" });
      await visitor.press("Confirm");
      await visitor.complains("is wrong", "code");
    },

    async "the code in the inbox confirms the account"() {
      await page.getByRole("link", { name: "Open the emulator's inbox" }).click();
      await page.waitForURL("**/inbox");
      await visitor.look("inbox");
      const sent = await page.locator(".big-code").first().innerText();
      await page.getByRole("link", { name: "Confirm the account" }).first().click();
      await page.waitForURL("**/confirm");
      await visitor.fill({ Code: sent });
      await visitor.press("Confirm");
      visitor.at("/login");
      await visitor.says("Your account is confirmed");
      await visitor.look("login");
    },

    async "a wrong password and an unknown user get the same response"() {
      visitor.expect("401 /login");
      await login("WrongPass123!");
      await visitor.complains("address or the password is wrong");
      const wrong = await visitor.text(".summary");
      await visitor.look("login-rejected");
      await visitor.fill({ "E-mail address": "nobody@example.com", Password: ADA.password });
      await visitor.press("Sign in");
      check((await visitor.text(".summary")) === wrong, "the page reveals who has an account");
    },

    async "the right password signs in"() {
      await login();
      visitor.at("/");
      await visitor.says(ADA.email, "header");
      await visitor.look("signed-in");
    },

    async "no script can read a token"() {
      const seen = await page.evaluate(() => document.cookie);
      check(!seen.includes("token"), "a script can read the cookies with tokens");
      check((await visitor.cookie("access_token")) !== undefined, "there is no cookie");
    },

    async "an authenticator app is set up with the QR code"() {
      visitor.expect("400 /security/totp/confirm");
      await visitor.go("/security/totp");
      await visitor.press("Show the QR code");
      await visitor.look("totp");
      secret = secretOf(read(await page.locator("svg.qr").screenshot()));
      const shown = (await visitor.text("#secret")).replaceAll(" ", "");
      check(secret === shown, "the QR code and the text have different secrets");
      const field = page.getByLabel("Code that the app shows");
      await field.fill(code(secret, visitor.now() + 3_600_000));
      await visitor.press("Turn it on");
      await visitor.complains("is wrong", "code");
      await field.fill(code(secret, visitor.now()));
      await visitor.press("Turn it on");
      visitor.at("/security");
      await visitor.says("The authenticator app is on");
      await visitor.look("security");
    },

    async "after a sign-out the old token is rejected"() {
      await visitor.press("Sign out");
      await visitor.says("You are signed out");
      check((await page.locator(".tag.good", { hasText: "rejected" }).count()) === 2, "it is accepted");
      await visitor.look("signed-out");
      await visitor.go("/profile");
      visitor.at("/login");
    },

    async "the next sign-in requires the app, and a wrong code can be corrected"() {
      visitor.expect("400 /login/step");
      await login();
      visitor.at("/login/step");
      await visitor.says("SOFTWARE_TOKEN_MFA");
      await visitor.look("step-totp");
      await visitor.wait(60);
      await visitor.fill({ Code: code(secret, visitor.now() + 3_600_000) });
      await visitor.press("Continue");
      await visitor.complains("is wrong", "code");
      await visitor.fill({ Code: code(secret, visitor.now()) });
      await visitor.press("Continue");
      // Back at the page that was requested before the sign-in.
      visitor.at("/profile");
      await visitor.look("profile");
    },

    async "an expired sign-in shows an error and a link to the login"() {
      visitor.expect("401 /login/step");
      await visitor.press("Sign out");
      await login();
      await visitor.wait(240);
      await visitor.fill({ Code: code(secret, visitor.now()) });
      await visitor.press("Continue");
      await visitor.complains("expired");
      await visitor.look("step-expired");
      await page.getByRole("link", { name: "Back to the sign-in" }).click();
      await page.waitForURL("**/login");
    },

    async "a passkey is registered"() {
      await withApp();
      await visitor.plugIn();
      await visitor.go("/security/passkeys");
      await visitor.look("passkey-registration");
      await visitor.press("Register a passkey");
      visitor.at("/security/passkeys");
      await visitor.says("The passkey is registered");
      await visitor.look("passkeys");
    },

    async "the passkey signs in without a password"() {
      await visitor.press("Sign out");
      await visitor.go("/login");
      await visitor.fill({ "E-mail address": ADA.email });
      await visitor.press("Use a passkey");
      visitor.at("/login/step");
      await visitor.says("WEB_AUTHN");
      await visitor.look("step-passkey");
      await visitor.press("Use the passkey");
      visitor.at("/");
      await visitor.says(ADA.email, "header");
    },

    async "an expired access token is refreshed automatically"() {
      const before = await visitor.cookie("access_token");
      await visitor.wait(2 * 3600);
      await visitor.go("/profile");
      visitor.at("/profile");
      const after = await visitor.cookie("access_token");
      check(after && after !== before, "it is still the old token");
    },

    async "the profile is changed"() {
      await visitor.go("/profile");
      await visitor.fill({ "Name (optional)": "Ada King", "Nickname (optional)": "Countess" });
      await visitor.press("Save");
      await visitor.says("Your profile is saved");
      const name = await page.getByLabel("Name (optional)", { exact: true }).inputValue();
      check(name === "Ada King", `it is ${name}`);
    },

    async "the page for admins responds 403 until the user joins the group"() {
      visitor.expect("403 /admins");
      await visitor.go("/admins");
      await visitor.says("This page is for admins");
      await visitor.look("admins-rejected");
      visitor.expect();
      await visitor.press("Join the group");
      await visitor.says("You can open this page because");
      await visitor.look("admins");
    },

    async "the inspector accepts the access token, and names the check that rejects a changed one"() {
      await visitor.go("/inspector");
      await visitor.touch("My access token");
      await page.locator("#verdict .notice").waitFor();
      await visitor.says("admins", "#verdict");
      await visitor.look("inspector-good");
      const token = await visitor.cookie("access_token");
      const last = token.at(-10) === "A" ? "B" : "A";
      await visitor.fill({ Token: token.slice(0, -10) + last + token.slice(-9) });
      await visitor.touch("Inspect");
      await page.locator("#reason", { hasText: "InvalidSignature" }).waitFor();
      const said = await page.locator("#announced").textContent();
      check(said.startsWith("Rejected: "), `a screen reader hears "${said}"`);
      await visitor.look("inspector-rejected");
    },

    async "metrics are updated automatically, and can be paused"() {
      await visitor.go("/metrics");
      await page.waitForResponse((answer) => answer.url().endsWith("/metrics/now"));
      await visitor.says("healthy");
      await visitor.look("metrics");
      await page.locator("#readyz").focus();
      await page.waitForResponse((answer) => answer.url().endsWith("/metrics/now"));
      await page.waitForFunction(() => !document.querySelector(".htmx-swapping, .htmx-settling"));
      const focused = await page.evaluate(() => document.activeElement.id);
      check(focused === "readyz", `the focus is at "${focused}"`);
      await page.getByRole("link", { name: "Pause" }).click();
      await page.getByRole("link", { name: "Continue" }).waitFor();
      check((await page.locator("[hx-get]").count()) === 0, "the page still updates");
    },

    async "after a sign-out everywhere the old token is rejected"() {
      await visitor.go("/sessions");
      await visitor.look("sessions");
      const kept = await visitor.context.cookies();
      await visitor.press("Sign out everywhere");
      await visitor.says("You are signed out everywhere");
      check((await page.locator(".tag.good", { hasText: "rejected" }).count()) === 2, "it is accepted");
      await visitor.look("signed-out-everywhere");
      // A copy of the cookies is rejected.
      await visitor.context.addCookies(kept);
      await visitor.go("/profile");
      visitor.at("/login");
      await visitor.says("Your session has ended");
      await visitor.look("session-ended");
      const token = kept.find(({ name }) => name === "access_token").value;
      await visitor.go("/inspector");
      await visitor.fill({ Token: token });
      await visitor.touch("Inspect");
      await page.locator("#reason", { hasText: "TokenRevoked" }).waitFor();
      await visitor.wait(2);
    },

    async "an account is deleted after a confirmation"() {
      visitor.expect("400 /account/delete");
      await withApp();
      await visitor.go("/account/delete");
      await visitor.press("Delete the account");
      await visitor.complains("Select the box to confirm", "sure");
      await visitor.look("account-delete");
      await page.getByLabel(/I want to delete/).check();
      await visitor.press("Delete the account");
      await visitor.says("Your account is deleted");
    },

    async "an unknown path shows an error page"() {
      visitor.expect("404 /nowhere");
      await visitor.go("/nowhere");
      await visitor.says("Page not found");
      await visitor.look("not-found");
    },
  };
}

/** Grace: an invitation, a forgotten password, the keyboard only, and no scripts. */
export function grace(visitor, withoutScripts) {
  const { page } = visitor;

  return {
    async "an invited user must set a password"() {
      await visitor.go("/inbox");
      await visitor.fill({ "E-mail address": GRACE.email });
      await visitor.press("Send the invitation");
      const given = await page.locator(".big-code").first().innerText();
      await visitor.go("/login");
      await visitor.fill({ "E-mail address": GRACE.email, Password: given });
      await visitor.press("Sign in");
      visitor.at("/login/step");
      await visitor.says("NEW_PASSWORD_REQUIRED");
      await visitor.look("step-new-password");
      await visitor.fill({ "New password": "FirstChoice123!" });
      await visitor.press("Continue");
      visitor.at("/");
      await visitor.press("Sign out");
    },

    async "a forgotten password is replaced with a code"() {
      await visitor.go("/forgot-password");
      await visitor.look("forgot-password");
      await visitor.fill({ "E-mail address": GRACE.email });
      await visitor.press("Send the code");
      visitor.at("/reset-password");
      await visitor.look("reset-password");
      await visitor.fill({ Code: await visitor.newestCode(), "New password": GRACE.password });
      await visitor.press("Set the password");
      visitor.at("/login");
      await visitor.says("Your password is changed");
    },

    async "a user signs in with the keyboard only"() {
      await visitor.go("/login");
      const { keyboard } = page;
      await keyboard.press("Tab");
      const first = await page.evaluate(() => document.activeElement.textContent);
      check(first === "Skip to the content", `the first element is "${first}"`);
      await keyboard.press("Enter");
      await keyboard.press("Tab");
      await keyboard.press("ControlOrMeta+A");
      await keyboard.type(GRACE.email);
      await keyboard.press("Tab");
      await keyboard.type(GRACE.password);
      await Promise.all([page.waitForURL("**/?done=signed-in"), keyboard.press("Enter")]);
      await visitor.says(GRACE.email, "header");
    },

    async "codes by e-mail become a second factor"() {
      await visitor.go("/security");
      await visitor.press("Turn on codes by e-mail");
      await visitor.says("Your second factors are saved");
      await visitor.press("Sign out");
      await visitor.go("/login");
      await visitor.fill({ "E-mail address": GRACE.email, Password: GRACE.password });
      await visitor.press("Sign in");
      await visitor.says("EMAIL_OTP");
      await visitor.says("It was sent by e-mail to");
      await visitor.look("step-email");
      await visitor.fill({ Code: await visitor.newestCode() });
      await visitor.press("Continue");
      visitor.at("/");
      await visitor.go("/security");
      await visitor.press("Turn off codes by e-mail");
      await visitor.press("Sign out");
    },

    async "a user chooses the first factor from a list"() {
      await visitor.go("/login");
      await visitor.fill({ "E-mail address": GRACE.email });
      await visitor.press("Let me choose");
      await visitor.says("SELECT_CHALLENGE");
      await visitor.look("step-choice");
      await page.getByLabel(/A code by e-mail/).check();
      await visitor.press("Continue");
      await visitor.says("EMAIL_OTP");
      await visitor.says("completed", ".trail");
      await visitor.fill({ Code: await visitor.newestCode() });
      await visitor.press("Continue");
      visitor.at("/");
      await visitor.press("Sign out");
    },

    async "all pages but passkeys work without scripts"() {
      const other = withoutScripts;
      await other.go("/login");
      await other.fill({ "E-mail address": GRACE.email, Password: GRACE.password });
      await other.press("Sign in");
      other.at("/");
      await other.go("/inspector");
      await other.press("My ID token");
      await other.says("Valid", "#verdict");
      await other.press("Sign out");
      await other.says("You are signed out");
    },
  };
}
