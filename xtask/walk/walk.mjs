// Uses the auth server with a real browser: `walk.mjs BASE CHROMIUM PICTURES [TWINS]`.
// TWINS is the URL of the first of two instances that share their state.
//
// Prints each step to standard error, and the number of passed steps as JSON to standard output.

import { chromium } from "playwright-core";
import { edith } from "./stepup.mjs";
import { ada, grace } from "./story.mjs";
import { tell } from "./tell.mjs";
import { mary } from "./twins.mjs";
import { Visitor } from "./visitor.mjs";

const [base, executablePath, pictures, twins] = process.argv.slice(2);
const counts = { passed: 0, failed: 0 };

// Root cannot set up the sandbox of Chromium.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath, args });
try {
  const site = { base, pictures, clock: { ahead: 0 } };
  const first = await Visitor.arrive(browser, site);
  await tell([first], ada(first), counts, pictures);
  const second = await Visitor.arrive(browser, site);
  const plain = await Visitor.arrive(browser, site, { javaScriptEnabled: false });
  await tell([second, plain], grace(second, plain), counts, pictures);
  const third = await Visitor.arrive(browser, site);
  const phone = await Visitor.arrive(browser, site);
  await tell([third, phone], edith(third, phone), counts, pictures);
  if (twins) {
    const both = { ...site, base: twins };
    const here = await Visitor.arrive(browser, both);
    const copy = await Visitor.arrive(browser, both);
    await tell([here, copy], mary(here, copy), counts, pictures);
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(counts));
