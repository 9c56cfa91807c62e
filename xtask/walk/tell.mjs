// Runs the steps of a story, and counts those that pass and fail.

/** Runs the steps of a story until the first failure. Later steps would fail too. */
export async function tell(visitors, story, counts, pictures) {
  let continues = true;
  for (const [name, step] of Object.entries(story)) {
    const reason = continues ? await outcome(visitors, step, counts, pictures) : "not reached";
    continues = !reason;
    counts[reason ? "failed" : "passed"] += 1;
    console.error(reason ? `FAILED  ${name}: ${reason}` : `ok      ${name}`);
  }
}

/** Returns the error of a step, or `undefined`. */
async function outcome(visitors, step, counts, pictures) {
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
