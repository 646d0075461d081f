# Tries a policy out by its JSON before it is applied.
export RESTIC_REPOSITORY="$PWD/repo" RESTIC_PASSWORD=secret TZ=UTC
mkdir data
restic init || exit 1
for day in 01 02 03 04 05; do
    echo $day > data/day
    restic backup --quiet --host web --time "2024-03-$day 03:00:00" data || exit 1
done
restic backup --quiet --host db --time "2024-03-05 04:00:00" --tag keepme data || exit 1
count() { restic snapshots --json "$@" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'; }

restic forget --keep-last 2 --group-by host --dry-run --json | python3 -c '
import json, sys
groups = {group["host"]: group for group in json.load(sys.stdin)}
assert sorted(groups) == ["db", "web"], groups
web = groups["web"]
assert len(web["keep"]) == 2 and len(web["remove"]) == 3, web
assert web["keep"][0]["short_id"] and web["remove"][0]["time"].startswith("2024-03-0"), web
assert web["reasons"][0]["matches"], web
' || exit 2
[ "$(count)" = 6 ] || exit 3
restic forget --host web --keep-last 2 --group-by '' || exit 4
[ "$(count)" = 3 ] || exit 5
restic forget --keep-daily 1 --keep-tag keepme --group-by '' --prune || exit 6
[ "$(count --tag keepme)" = 1 ] || exit 7
id="$(restic snapshots --json --host web | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["short_id"])' 2>/dev/null)"
if [ -n "$id" ]; then restic forget "$id" || exit 8; fi
restic forget -l 1 -d 7 -w 4 -m 6 -y 2 -g host,paths --keep-within 1y2m3d --keep-within-daily 30d -n -c || exit 9
if restic forget; then exit 10; fi
restic prune --max-unused 0 --max-repack-size 1G || exit 11
restic check || exit 12
