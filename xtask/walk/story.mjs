// What people do on the auth server, step by step. Each step begins where the one before has ended.

import { check } from "./visitor.mjs";
import { code, read, secretOf } from "./totp.mjs";

const ADA = { email: "ada@example.com", password: "SecurePass123!", name: "Ada Example" };
const GRACE = { email: "grace@example.com", password: "EvenBetter456!" };

/** The whole life of Ada's account. */
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
    await visitor.press("Go on");
    await visitor.says(ADA.email, "header");
  };

  return {
    async "the first page says that it is the emulator"() {
      await visitor.go("/");
      await visitor.says("nothing leaves this machine", "aside");
      await visitor.look("home");
    },

    async "a weak password is refused at its field"() {
      visitor.expect("400 /sign-up");
      await visitor.go("/sign-up");
      await visitor.look("sign-up");
      await visitor.fill({ "E-mail address": ADA.email, Password: "password" });
      await visitor.press("Create the account");
      await visitor.complains("too easy to guess", "password");
      await visitor.look("sign-up-refused");
    },

    async "sign-up leads to the confirmation"() {
      await visitor.fill({ "Name (optional)": ADA.name, Password: ADA.password });
      await visitor.press("Create the account");
      visitor.at("/confirm");
      check((await page.getByLabel("E-mail address").inputValue()) === ADA.email, "asked again");
      await visitor.look("confirm");
    },

    async "a wrong code can be tried again"() {
      visitor.expect("400 /confirm");
      await visitor.fill({ Code: "000000" });
      await visitor.press("Confirm");
      await visitor.complains("not right", "code");
    },

    async "the inbox is one click away, and its code confirms"() {
      await page.getByRole("link", { name: "Open the emulator's inbox" }).click();
      await page.waitForURL("**/inbox");
      await visitor.look("inbox");
      const sent = await page.locator(".big-code").first().innerText();
      await page.getByRole("link", { name: "Enter it to confirm" }).first().click();
      await page.waitForURL("**/confirm");
      await visitor.fill({ Code: sent });
      await visitor.press("Confirm");
      visitor.at("/login");
      await visitor.says("Your account is confirmed");
      await visitor.look("login");
    },

    async "a wrong password and an unknown person are answered alike"() {
      visitor.expect("401 /login");
      await login("WrongPass123!");
      await visitor.complains("address or the password is not right");
      const wrong = await visitor.text(".summary");
      await visitor.look("login-refused");
      await visitor.fill({ "E-mail address": "nobody@example.com", Password: ADA.password });
      await visitor.press("Sign in");
      check((await visitor.text(".summary")) === wrong, "it tells who has an account");
    },

    async "the right password signs in"() {
      await login();
      visitor.at("/");
      await visitor.says(ADA.email, "header");
      await visitor.look("signed-in");
    },

    async "no script sees a token"() {
      const seen = await page.evaluate(() => document.cookie);
      check(!seen.includes("token"), "a script sees cookies with tokens");
      check((await visitor.cookie("access_token")) !== undefined, "no cookie at all");
    },

    async "an authenticator app is set up by what its QR code says"() {
      visitor.expect("400 /security/totp/confirm");
      await visitor.go("/security/totp");
      await visitor.press("Show the QR code");
      await visitor.look("totp");
      secret = secretOf(read(await page.locator("svg.qr").screenshot()));
      const shown = (await visitor.text("#secret")).replaceAll(" ", "");
      check(secret === shown, "the picture and the text are of different secrets");
      const field = page.getByLabel("Code that the app shows");
      await field.fill(code(secret, visitor.now() + 3_600_000));
      await visitor.press("Turn it on");
      await visitor.complains("not right", "code");
      await field.fill(code(secret, visitor.now()));
      await visitor.press("Turn it on");
      visitor.at("/security");
      await visitor.says("The authenticator app is on");
      await visitor.look("security");
    },

    async "signing out here shows that the old token is refused"() {
      await visitor.press("Sign out");
      await visitor.says("You are signed out");
      check((await page.locator(".tag.good", { hasText: "refused" }).count()) === 2, "it is taken");
      await visitor.look("signed-out");
      await visitor.go("/profile");
      visitor.at("/login");
    },

    async "the next sign-in asks for the app, and a wrong code can be tried again"() {
      visitor.expect("400 /login/step");
      await login();
      visitor.at("/login/step");
      await visitor.says("SOFTWARE_TOKEN_MFA");
      await visitor.look("step-totp");
      await visitor.wait(60);
      await visitor.fill({ Code: code(secret, visitor.now() + 3_600_000) });
      await visitor.press("Go on");
      await visitor.complains("not right", "code");
      await visitor.fill({ Code: code(secret, visitor.now()) });
      await visitor.press("Go on");
      // Back to the page that was wanted before.
      visitor.at("/profile");
      await visitor.look("profile");
    },

    async "a sign-in that took too long says so and leads back"() {
      visitor.expect("401 /login/step");
      await visitor.press("Sign out");
      await login();
      await visitor.wait(240);
      await visitor.fill({ Code: code(secret, visitor.now()) });
      await visitor.press("Go on");
      await visitor.complains("expired");
      await visitor.look("step-expired");
      await page.getByRole("link", { name: "Back to the sign-in" }).click();
      await page.waitForURL("**/login");
    },

    async "a passkey is registered"() {
      await withApp();
      await visitor.plugIn();
      await visitor.go("/security/passkeys");
      await visitor.press("Register a passkey");
      await visitor.look("passkey-registration");
      await visitor.press("Make the passkey now");
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

    async "an access token that has expired is bought anew, and nobody notices"() {
      const before = await visitor.cookie("access_token");
      await visitor.wait(2 * 3600);
      await visitor.go("/profile");
      visitor.at("/profile");
      const after = await visitor.cookie("access_token");
      check(after && after !== before, "it is the old token still");
    },

    async "the profile is changed"() {
      await visitor.go("/profile");
      await visitor.fill({ "Name (optional)": "Ada King", "Nickname (optional)": "Countess" });
      await visitor.press("Save");
      await visitor.says("Your profile is saved");
      const name = await page.getByLabel("Name (optional)", { exact: true }).inputValue();
      check(name === "Ada King", `it is ${name}`);
    },

    async "the page for admins answers 403, until the group is joined"() {
      visitor.expect("403 /admins");
      await visitor.go("/admins");
      await visitor.says("This page is for admins");
      await visitor.look("admins-refused");
      visitor.expect();
      await visitor.press("Join the group");
      await visitor.says("You see this because");
      await visitor.look("admins");
    },

    async "the inspector takes the own token, and says which check refuses a changed one"() {
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
      check(said.startsWith("Refused: "), `a screen reader hears "${said}"`);
      await visitor.look("inspector-refused");
    },

    async "metrics are read anew by themselves, and can be paused"() {
      await visitor.go("/metrics");
      await page.waitForResponse((answer) => answer.url().endsWith("/metrics/now"));
      await visitor.says("healthy");
      await visitor.look("metrics");
      await page.locator("#readyz").focus();
      await page.waitForResponse((answer) => answer.url().endsWith("/metrics/now"));
      await page.waitForFunction(() => !document.querySelector(".htmx-swapping, .htmx-settling"));
      const focused = await page.evaluate(() => document.activeElement.id);
      check(focused === "readyz", `the focus has gone to "${focused}"`);
      await page.getByRole("link", { name: "Pause" }).click();
      await page.getByRole("link", { name: "Go on" }).waitFor();
      check((await page.locator("[hx-get]").count()) === 0, "it goes on");
    },

    async "after signing out everywhere the old token is refused"() {
      await visitor.go("/sessions");
      await visitor.look("sessions");
      const kept = await visitor.context.cookies();
      await visitor.press("Sign out everywhere");
      await visitor.says("You are signed out everywhere");
      check((await page.locator(".tag.good", { hasText: "refused" }).count()) === 2, "it is taken");
      await visitor.look("signed-out-everywhere");
      // A copy of the cookies is of no use.
      await visitor.context.addCookies(kept);
      await visitor.go("/profile");
      visitor.at("/login");
      await visitor.says("Your session is over");
      await visitor.look("session-over");
      const token = kept.find(({ name }) => name === "access_token").value;
      await visitor.go("/inspector");
      await visitor.fill({ Token: token });
      await visitor.touch("Inspect");
      await page.locator("#reason", { hasText: "TokenRevoked" }).waitFor();
      await visitor.wait(2);
    },

    async "an account can be deleted, by its owner who is sure"() {
      visitor.expect("400 /account/delete");
      await withApp();
      await visitor.go("/account/delete");
      await visitor.press("Delete the account");
      await visitor.complains("Say that you are sure", "sure");
      await visitor.look("account-delete");
      await page.getByLabel(/I am sure/).check();
      await visitor.press("Delete the account");
      await visitor.says("Your account is deleted");
    },

    async "a page that is not there says so"() {
      visitor.expect("404 /nowhere");
      await visitor.go("/nowhere");
      await visitor.says("There is no such page");
      await visitor.look("not-found");
    },
  };
}

/** Grace is invited, forgets her password, and has neither a mouse nor scripts. */
export function grace(visitor, withoutScripts) {
  const { page } = visitor;

  return {
    async "an invited person must choose a password"() {
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
      await visitor.press("Go on");
      visitor.at("/");
      await visitor.press("Sign out");
    },

    async "a forgotten password is set anew with a code"() {
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

    async "somebody without a mouse signs in"() {
      await visitor.go("/login");
      const { keyboard } = page;
      await keyboard.press("Tab");
      const first = await page.evaluate(() => document.activeElement.textContent);
      check(first === "Skip to the content", `the first stop is "${first}"`);
      await keyboard.press("Enter");
      await keyboard.press("Tab");
      await keyboard.press("ControlOrMeta+A");
      await keyboard.type(GRACE.email);
      await keyboard.press("Tab");
      await keyboard.type(GRACE.password);
      await Promise.all([page.waitForURL("**/?done=signed-in"), keyboard.press("Enter")]);
      await visitor.says(GRACE.email, "header");
    },

    async "codes by e-mail become a second factor, and are asked for"() {
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
      await visitor.press("Go on");
      visitor.at("/");
      await visitor.go("/security");
      await visitor.press("Turn off codes by e-mail");
      await visitor.press("Sign out");
    },

    async "somebody who wants to choose is told what there is"() {
      await visitor.go("/login");
      await visitor.fill({ "E-mail address": GRACE.email });
      await visitor.press("Let me choose");
      await visitor.says("SELECT_CHALLENGE");
      await visitor.look("step-choice");
      await page.getByLabel(/A code by e-mail/).check();
      await visitor.press("Go on");
      await visitor.says("EMAIL_OTP");
      await visitor.says("answered", ".trail");
      await visitor.fill({ Code: await visitor.newestCode() });
      await visitor.press("Go on");
      visitor.at("/");
      await visitor.press("Sign out");
    },

    async "everything but passkeys works without scripts"() {
      const other = withoutScripts;
      await other.go("/login");
      await other.fill({ "E-mail address": GRACE.email, Password: GRACE.password });
      await other.press("Sign in");
      other.at("/");
      await other.go("/inspector");
      await other.press("My ID token");
      await other.says("Good", "#verdict");
      await other.press("Sign out");
      await other.says("You are signed out");
    },
  };
}
