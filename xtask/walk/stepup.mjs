// A user with two browsers: the step-up to a page, the sessions, and a token for another service.

import { check } from "./visitor.mjs";

const EDITH = { email: "edith@example.com", password: "SecurePass123!" };

/** Edith in one browser, and with her phone. */
export function edith(visitor, phone) {
  const { page } = visitor;

  const login = async (browser) => {
    await browser.go("/login");
    await browser.fill({ "E-mail address": EDITH.email, Password: EDITH.password });
    await browser.press("Sign in");
    await browser.says(EDITH.email, "header");
  };
  const stepUp = async () => {
    await visitor.go("/recovery");
    await visitor.says("Confirm that it is you");
    await visitor.press("Continue");
    visitor.at("/login/step");
  };
  const endOther = async () => {
    await visitor.go("/sessions");
    const button = page.getByRole("button", { name: /^End the session of/ });
    await Promise.all([page.waitForEvent("load"), button.click()]);
    visitor.at("/sessions");
    await visitor.says("The session has ended");
  };

  return {
    async "a sign-in with a password is too weak for recovery data"() {
      visitor.expect("401 /recovery");
      await visitor.go("/sign-up");
      await visitor.fill({ "E-mail address": EDITH.email, Password: EDITH.password });
      await visitor.press("Create the account");
      await visitor.fill({ Code: await visitor.newestCode() });
      await visitor.press("Confirm");
      await login(visitor);
      await visitor.go("/recovery");
      await visitor.says("Confirm that it is you");
      await visitor.says("urn:cognito:loa:1");
      check(!(await visitor.text()).includes(EDITH.email), "the page shows recovery data");
      await visitor.look("recovery-rejected");
    },

    async "a step-up requires only the second factor, and can be cancelled"() {
      visitor.expect("401 /recovery");
      const before = await visitor.cookie("access_token");
      await stepUp();
      await visitor.says("EMAIL_OTP");
      check((await page.locator("input[type=password]").count()) === 0, "it asks for the password");
      await visitor.look("recovery-step");
      await visitor.press("Cancel this sign-in");
      visitor.at("/");
      await visitor.says("You are still signed in as before");
      check((await visitor.cookie("access_token")) === before, "the token has changed");
      await visitor.go("/profile");
      visitor.at("/profile");
      await visitor.go("/recovery");
      await visitor.says("Confirm that it is you");
    },

    async "a wrong code does not change the sign-in, and the right code opens the page"() {
      visitor.expect("401 /recovery", "400 /login/step");
      const before = await visitor.cookie("access_token");
      await stepUp();
      const sent = await visitor.newestCode();
      await visitor.fill({ Code: sent === "000000" ? "111111" : "000000" });
      await visitor.press("Continue");
      await visitor.complains("is wrong", "code");
      check((await visitor.cookie("access_token")) === before, "the token has changed");
      const tab = await visitor.context.newPage();
      await tab.goto(`${visitor.base}/profile`);
      check(new URL(tab.url()).pathname === "/profile", "the user is signed out");
      await tab.close();
      await visitor.fill({ Code: sent });
      await visitor.press("Continue");
      visitor.at("/recovery");
      await visitor.says(EDITH.email);
      await visitor.says("urn:cognito:loa:3");
      await visitor.look("recovery");
    },

    async "an old sign-in must prove all factors again"() {
      visitor.expect("401 /recovery");
      await visitor.go("/recovery");
      await visitor.says(EDITH.email);
      await visitor.wait(1200);
      await stepUp();
      await visitor.says("SELECT_CHALLENGE");
      await page.getByLabel(/My password, proven/).check();
      await visitor.fill({ "Password (optional)": EDITH.password });
      await visitor.press("Continue");
      await visitor.says("EMAIL_OTP");
      await visitor.fill({ Code: await visitor.newestCode() });
      await visitor.press("Continue");
      visitor.at("/recovery");
      await visitor.says(EDITH.email);
    },

    async "the sessions of both browsers are listed, without those that a step-up replaced"() {
      await login(phone);
      await visitor.go("/sessions");
      const items = page.locator("li.item");
      check((await items.count()) === 2, `${await items.count()} sessions are listed`);
      const current = await items.filter({ hasText: "this browser" }).count();
      check(current === 1, `${current} sessions are marked`);
      await visitor.look("session-list");
    },

    async "a session that the other browser ends is rejected at its next request"() {
      await endOther();
      check((await page.locator("li.item").count()) === 1, "the session is still listed");
      await phone.go("/profile");
      phone.at("/login");
      await phone.says("Your session has ended");
      check((await phone.cookie("refresh_token")) === undefined, "it still has a refresh token");
      await visitor.go("/profile");
      visitor.at("/profile");
    },

    async "the token is exchanged for one that only the other service accepts"() {
      await visitor.go("/orders");
      await visitor.look("orders");
      await visitor.press("Exchange the token");
      const [own, derived] = await page.locator("section dl.facts dd").allInnerTexts();
      check(own.includes("rejected"), `the service says of the user's token: ${own}`);
      check(derived.includes("accepted"), `the service says of the new token: ${derived}`);
      const claims = JSON.parse(await page.getByLabel("Claims").innerText());
      check(claims.aud === "https://orders.example.com", `the audience is ${claims.aud}`);
      check(claims.scope === "https://orders.example.com/read", `the scope is ${claims.scope}`);
      check(claims.act?.sub === "backend", `the actor is ${claims.act?.sub}`);
      check(!(await page.content()).includes("eyJ"), "a token is in the page");
      await visitor.look("orders-exchanged");
    },

    async "the token of an ended session is not exchanged"() {
      await login(phone);
      await phone.go("/orders");
      await endOther();
      await phone.press("Exchange the token");
      phone.at("/login");
      await phone.says("Your session has ended");
    },
  };
}
