// Two instances of the auth server that share their state: users can use either of them.

import { check } from "./visitor.mjs";

const MARY = { email: "mary@example.com", password: "SecurePass123!" };
/** The number of tries until a revocation must have arrived. */
const LOOKS = 100;

/** Mary at both instances, and an attacker with copies of her cookies at the first one. */
export function mary(visitor, copy) {
  const { page } = visitor;

  return {
    async "each instance names itself and links to the other one"() {
      await visitor.go("/");
      await visitor.says(`This is the instance on port ${new URL(visitor.base).port}`, "footer");
      await visitor.look("instance");
    },

    async "a user who signs in at one instance is signed in at the other"() {
      await visitor.go("/sign-up");
      await visitor.fill({ "E-mail address": MARY.email, Password: MARY.password });
      await visitor.press("Create the account");
      await visitor.fill({ Code: await visitor.newestCode() });
      await visitor.press("Confirm");
      await visitor.fill({ "E-mail address": MARY.email, Password: MARY.password });
      await visitor.press("Sign in");
      await visitor.says(MARY.email, "header");
      const before = new URL(page.url()).port;
      await page.getByRole("link", { name: /Instance on port/ }).click();
      await page.waitForURL((url) => url.port !== before);
      await visitor.says(MARY.email, "header");
    },

    async "after a sign-out everywhere at one instance the other rejects the tokens"() {
      await copy.context.addCookies(await visitor.context.cookies());
      await copy.go("/sessions");
      copy.at("/sessions");
      await page.getByRole("link", { name: "Sessions", exact: true }).click();
      await visitor.press("Sign out everywhere");
      await visitor.says("You are signed out everywhere");
      for (let look = 0; look < LOOKS && copy.path() !== "/login"; look += 1) {
        // This page does not call Cognito.
        await copy.go("/account/delete");
      }
      copy.at("/login");
      await copy.says("Your session has ended");
    },

    async "metrics show the revocations of the other instance"() {
      await copy.go("/metrics?live=off");
      await copy.says("Shared with other instances");
      const known = await copy.text("#view-size");
      check(known === "1", `${known} revocations are known`);
      await copy.look("metrics-shared");
    },
  };
}
