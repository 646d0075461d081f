# Dumps of a database, by a pipe and by a command.
set -o pipefail
export RESTIC_REPOSITORY="$PWD/repo" RESTIC_PASSWORD=secret
dump() { echo 'CREATE TABLE t (n int);'; seq 1 10000; }
export -f dump
restic init || exit 1
dump | restic backup --stdin --stdin-filename /dumps/app.sql --tag db || exit 2
restic backup --stdin-from-command --stdin-filename app2.sql -- bash -c dump || exit 3
# A dump that fails must not look like a good one.
if restic backup --stdin-from-command --stdin-filename app.sql -- bash -c 'dump; exit 7'; then exit 4; fi
[ "$(restic snapshots --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" = 2 ] || exit 5
restic restore latest --tag db --target back --include /dumps/app.sql || exit 6
cmp <(dump) back/dumps/app.sql || exit 7
restic restore latest --path "/app2.sql" --target back2 || exit 8
cmp <(dump) back2/app2.sql || exit 9
