# Runs a server for as long as standard input is open.
#
# The task that starts this holds the other end of the pipe. However that task
# ends, the pipe closes with it, and the server is stopped and does not stay
# behind.
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ cat <&3 >/dev/null; kill "$server" 2>/dev/null; } &
wait "$server"
