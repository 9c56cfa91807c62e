// Signs up, in and out on the page of the recipe `amplify-vite`: `recipe.mjs URL ENDPOINT CHROMIUM`.
// Ends with an error if the page shows another message than expected.

import { chromium } from "playwright-core";
import { latestCode } from "./world.mjs";

const [url, endpoint, executablePath] = process.argv.slice(2);
const EMAIL = "ann@example.com";

// Root cannot set up the sandbox of Chromium.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath, args });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  const press = async (button, message) => {
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("status").filter({ hasText: message }).waitFor();
  };
  await page.getByLabel("E-mail address").fill(EMAIL);
  await page.getByLabel("Password").fill("SecurePass123!");
  await press("Sign up", "The code was sent.");
  await page.getByLabel("Code").fill(await latestCode(endpoint, EMAIL));
  await press("Confirm", "Confirmed.");
  await press("Sign in", `Signed in as ${EMAIL}.`);
  await press("Sign out", "Signed out.");
} finally {
  await browser.close();
}
