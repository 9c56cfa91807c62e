#!/bin/sh
# Starts the emulator in the background with the given options. Waits until it is ready, and writes the
# environment variables that it prints to the file $GITHUB_ENV, for the next steps of the job.
set -eu

output=$(mktemp "${RUNNER_TEMP:-/tmp}/cognito-emulator.XXXXXX")
cognito-emulator "$@" >"$output" 2>&1 &
emulator=$!

# The line with the URL of the inbox is printed after the variables.
for _ in $(seq 300); do
  if grep -q /_emulator/inbox "$output"; then
    sed -n 's/^export //p' "$output" >>"$GITHUB_ENV"
    echo "The emulator is ready. Its process id is $emulator."
    exit 0
  fi
  kill -0 "$emulator" 2>/dev/null || break
  sleep 0.1
done
cat "$output" >&2
echo "the emulator did not start" >&2
exit 1
