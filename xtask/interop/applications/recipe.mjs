// Uses the page of a recipe as a reader does: `recipe.mjs RECIPE URL ENDPOINT CHROMIUM`. URL is the URL of the page.
// Ends with an error if the page shows another message than expected.

import { chromium } from "playwright-core";
import { latestCode } from "./world.mjs";

const [recipe, url, endpoint, executablePath] = process.argv.slice(2);
const EMAIL = "ann@example.com";
const PASSWORD = "SecurePass123!";

/** Presses a button, and waits until the page shows a message. */
async function press(page, button, message) {
  await page.getByRole("button", { name: button }).click();
  await page.getByRole("status").filter({ hasText: message }).waitFor();
}

/** The recipes, by name. */
const recipes = {
  "amplify-vite": async (page) => {
    await page.getByLabel("E-mail address").fill(EMAIL);
    await page.getByLabel("Password").fill(PASSWORD);
    await press(page, "Sign up", "The code was sent.");
    await page.getByLabel("Code").fill(await latestCode(endpoint, EMAIL));
    await press(page, "Confirm", "Confirmed.");
    await press(page, "Sign in", `Signed in as ${EMAIL}.`);
    await page.reload();
    await page.getByRole("status").filter({ hasText: `Signed in as ${EMAIL}.` }).waitFor();
    await press(page, "Sign out", "Signed out.");
  },

  "auth-js": async (page) => {
    const signIn = async () => {
      await page.getByRole("button", { name: "Sign in" }).click();
      // The second sign-in asks for the password again, so the sign-out has ended the first one.
      await page.waitForURL((at) => at.origin === endpoint);
      await page.locator('input[name="username"]').fill(EMAIL);
      await page.locator('input[name="password"]').fill(PASSWORD);
      await page.locator('button[type="submit"]').first().click();
      await page.getByRole("status").filter({ hasText: `Signed in as ${EMAIL}.` }).waitFor();
    };
    await signIn();
    await page.reload();
    await press(page, "Sign out", "Signed out.");
    await signIn();
  },
};

// Root cannot set up the sandbox of Chromium.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath, args });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  await recipes[recipe](page);
} finally {
  await browser.close();
}
