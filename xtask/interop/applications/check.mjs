// Checks of the rows, in Node.js and in a browser.

export function check(holds, what) {
  if (!holds) throw new Error(what);
}

/** Checks that an action is rejected with an error that has these parts in its name or message. */
export async function refused(attempt, ...parts) {
  let error;
  try {
    await attempt();
  } catch (caught) {
    error = caught;
  }
  check(error, "it was not rejected");
  const found = `${error.name}: ${error.message}`;
  check(
    parts.every((part) => found.includes(part)),
    `refused as ${found}`,
  );
}
