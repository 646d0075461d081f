# All the ways in which parts of a snapshot come back.
export RESTIC_REPOSITORY="$PWD/repo" RESTIC_PASSWORD=secret
mkdir -p data/keep data/other
echo old > data/keep/file
echo log > data/keep/a.log
echo other > data/other/file
here="$PWD"
restic init || exit 1
restic backup --host web "$here/data" || exit 1
sleep 1.1
echo new > data/keep/file
restic backup --host web "$here/data" || exit 1

restic restore latest --target all --verify || exit 2
diff -r data "all$here/data" || exit 3
restic restore latest --host web --path "$here/data" --target logs --include '*.log' || exit 4
[ "$(find logs -type f)" = "logs$here/data/keep/a.log" ] || exit 5
restic restore "latest:$here/data/keep" --target part --exclude a.log || exit 6
[ "$(cat part/file)" = new ] && [ ! -e part/a.log ] || exit 7
oldest="$(restic snapshots --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])')"
restic restore "$oldest:$here/data/keep" --target part --overwrite if-changed || exit 8
[ "$(cat part/file)" = old ] || exit 9
echo mine > part/file
restic restore "$oldest:$here/data/keep" --target part --overwrite never || exit 10
[ "$(cat part/file)" = mine ] || exit 11
touch part/extra
restic restore "$oldest:$here/data/keep" --target part --delete --dry-run || exit 12
[ -e part/extra ] || exit 13
restic restore "$oldest:$here/data/keep" --target part --delete || exit 14
[ ! -e part/extra ] && [ "$(cat part/file)" = old ] || exit 15
restic restore latest --target json --json | tail -n 1 | python3 -c '
import json, sys
summary = json.load(sys.stdin)
assert summary["message_type"] == "summary" and summary["total_files"] >= 3 and summary["files_restored"] >= 3, summary
' || exit 16
