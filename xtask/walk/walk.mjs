// Uses the auth server with a real browser: `walk.mjs BASE CHROMIUM PICTURES [TWINS]`.
// TWINS is the URL of the first of two instances that share their state.
//
// Prints each step to standard error, and the number of passed steps as JSON to standard output.

import { chromium } from "playwright-core";
import { ada, grace } from "./story.mjs";
import { mary } from "./twins.mjs";
import { Visitor } from "./visitor.mjs";

const [base, executablePath, pictures, twins] = process.argv.slice(2);
const counts = { passed: 0, failed: 0 };

/** Runs the steps of a story until the first failure. Later steps would fail too. */
async function tell(visitors, story) {
  let continues = true;
  for (const [name, step] of Object.entries(story)) {
    const reason = continues ? await outcome(visitors, step) : "not reached";
    continues = !reason;
    counts[reason ? "failed" : "passed"] += 1;
    console.error(reason ? `FAILED  ${name}: ${reason}` : `ok      ${name}`);
  }
}

/** Returns the error of a step, or `undefined`. */
async function outcome(visitors, step) {
  visitors.forEach((visitor) => visitor.expect());
  try {
    await step();
  } catch (error) {
    const [first] = visitors;
    const picture = `failed-${counts.passed + counts.failed + 1}.png`;
    await first.page.screenshot({ path: `${pictures}/${picture}`, fullPage: true });
    return `${error.message.split("\n")[0]} (at ${first.page.url()}; see ${picture})`;
  }
  const mishaps = visitors.flatMap((visitor) => visitor.taken());
  return mishaps.length ? mishaps.join("; ") : undefined;
}

// Root cannot set up the sandbox of Chromium.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath, args });
try {
  const site = { base, pictures, clock: { ahead: 0 } };
  const first = await Visitor.arrive(browser, site);
  await tell([first], ada(first));
  const second = await Visitor.arrive(browser, site);
  const plain = await Visitor.arrive(browser, site, { javaScriptEnabled: false });
  await tell([second, plain], grace(second, plain));
  if (twins) {
    const both = { ...site, base: twins };
    const here = await Visitor.arrive(browser, both);
    const copy = await Visitor.arrive(browser, both);
    await tell([here, copy], mary(here, copy));
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(counts));
