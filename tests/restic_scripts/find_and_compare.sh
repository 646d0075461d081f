# Looks for a file in all snapshots, compares them, takes out what was there.
export RESTIC_REPOSITORY="$PWD/repo" RESTIC_PASSWORD=secret
here="$PWD"
mkdir -p data/sub
echo one > data/sub/report.txt
echo stays > data/stays
restic init --quiet || exit 1
restic backup --quiet "$here/data" || exit 1
sleep 1.1
echo two, longer >> data/sub/report.txt
rm data/stays
echo new > data/new
restic backup --quiet "$here/data" || exit 1

restic find --json 'report.*' | python3 -c '
import json, sys
found = json.load(sys.stdin)
assert len(found) == 2 and all(one["hits"] == 1 and one["snapshot"] for one in found), found
match = found[0]["matches"][0]
assert match["path"].endswith("/data/sub/report.txt") and match["type"] == "file" and match["size"] > 0 and match["mtime"], match
' || exit 2
restic find --long --ignore-case 'REPORT*' > long && grep -q report.txt long || exit 3
restic find --newest '2001-01-01 00:00:00' 'report*' > none 2>&1
! grep -q 'report.txt' none || exit 4

first="$(restic snapshots --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["short_id"])')"
second="$(restic snapshots --json latest | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["short_id"])')"
restic diff "$first" "$second" > changes || exit 5
grep -q '^M .*/data/sub/report.txt$' changes && grep -q '^+ .*/data/new$' changes && grep -q '^- .*/data/stays$' changes || exit 6
restic diff --json "$first" "$second" | python3 -c '
import json, sys
lines = [json.loads(line) for line in sys.stdin]
changes = {line["path"].rsplit("/data/", 1)[-1]: line["modifier"] for line in lines if line["message_type"] == "change"}
assert changes["sub/report.txt"] == "M" and changes["new"] == "+" and changes["stays"] == "-", changes
statistics = lines[-1]
assert statistics["message_type"] == "statistics" and statistics["changed_files"] == 1, statistics
assert statistics["added"]["files"] == 1 and statistics["removed"]["files"] == 1, statistics
assert statistics["source_snapshot"] and statistics["target_snapshot"], statistics
' || exit 7

[ "$(restic dump "$first" "$here/data/sub/report.txt")" = one ] || exit 8
restic dump latest "$here/data" > all.tar || exit 9
mkdir unpacked && tar -xf all.tar -C unpacked && diff -r data "unpacked$(tar -tf all.tar | grep -q '^data/' && echo /data || tar -tf all.tar | grep -q "^${here#/}" && echo "$here/data")" || exit 10
restic dump --archive zip latest "$here/data/sub" > sub.zip && python3 -m zipfile -l sub.zip | grep -q report.txt || exit 11

restic tag --set kept "$second" || exit 12
[ "$(restic snapshots --json --tag kept | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" = 1 ] || exit 13
restic rewrite --exclude new --forget --tag kept || exit 14
restic ls latest > listed && ! grep -q '/data/new$' listed || exit 15
restic forget --quiet --keep-last 1 --prune || exit 16
restic check || exit 17
