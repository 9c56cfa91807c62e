// What people notice of two instances of the auth server that share one truth: nothing but that it holds.

import { check } from "./visitor.mjs";

const MARY = { email: "mary@example.com", password: "SecurePass123!" };
/** So often is looked for what comes within a second. */
const LOOKS = 100;

/** Mary at both instances, and somebody with copies of her cookies at the first. */
export function mary(visitor, copy) {
  const { page } = visitor;

  return {
    async "each instance says which it is, and leads to the other"() {
      await visitor.go("/");
      await visitor.says(`This is the instance on port ${new URL(visitor.base).port}`, "footer");
      await visitor.look("instance");
    },

    async "who signs in at one instance is signed in at the other"() {
      await visitor.go("/sign-up");
      await visitor.fill({ "E-mail address": MARY.email, Password: MARY.password });
      await visitor.press("Create the account");
      await visitor.fill({ Code: await visitor.newestCode() });
      await visitor.press("Confirm");
      await visitor.fill({ "E-mail address": MARY.email, Password: MARY.password });
      await visitor.press("Sign in");
      await visitor.says(MARY.email, "header");
      const before = new URL(page.url()).port;
      await page.getByRole("link", { name: /The one on port/ }).click();
      await page.waitForURL((url) => url.port !== before);
      await visitor.says(MARY.email, "header");
    },

    async "who signs out everywhere at one is refused at the other"() {
      await copy.context.addCookies(await visitor.context.cookies());
      await copy.go("/sessions");
      copy.at("/sessions");
      await page.getByRole("link", { name: "Sessions", exact: true }).click();
      await visitor.press("Sign out everywhere");
      await visitor.says("You are signed out everywhere");
      for (let look = 0; look < LOOKS && copy.path() !== "/login"; look += 1) {
        await copy.go("/sessions");
      }
      copy.at("/login");
      await copy.says("Your session is over");
    },

    async "metrics show what is known of the others"() {
      await copy.go("/metrics?live=off");
      await copy.says("Shared with other instances");
      const known = await copy.text("#view-size");
      check(known === "1", `${known} revocations are known`);
      await copy.look("metrics-shared");
    },
  };
}
