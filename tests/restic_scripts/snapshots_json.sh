# Looks snapshots and files up by their JSON.
export RESTIC_REPOSITORY="$PWD/repo" RESTIC_PASSWORD=secret
mkdir -p data/sub
echo one > data/one.txt
echo two > data/sub/two.txt
ln -s one.txt data/link
restic init --quiet || exit 1
restic backup -q --host alpha --tag first,both data || exit 1
restic backup -q --host beta --tag second --tag both data || exit 1

field() { python3 -c "import json, sys; snapshots = json.load(sys.stdin); print($1)"; }
[ "$(restic snapshots --json | field 'len(snapshots)')" = 2 ] || exit 2
[ "$(restic snapshots --json --host alpha | field 'snapshots[0]["hostname"], sorted(snapshots[0]["tags"])')" = "alpha ['both', 'first']" ] || exit 3
[ "$(restic snapshots --json --tag first --tag second | field 'len(snapshots)')" = 2 ] || exit 4
[ "$(restic snapshots --json --tag first,second | field 'len(snapshots)')" = 0 ] || exit 5
[ "$(restic snapshots --json --latest 1 | field 'len(snapshots)')" = 2 ] || exit 6
[ "$(restic snapshots --json --path "$PWD/data" | field 'len(snapshots)')" = 2 ] || exit 7
id="$(restic snapshots --json --latest 1 --host beta | field 'snapshots[-1]["short_id"]')"
[ "${#id}" = 8 ] || exit 8
restic snapshots --json "$id" | field 'snapshots[0]["time"], snapshots[0]["username"], snapshots[0]["paths"][0], snapshots[0]["tree"]' >/dev/null || exit 9

restic ls --json "$id" | python3 -c '
import json, sys
lines = [json.loads(line) for line in sys.stdin]
assert lines[0]["struct_type"] == "snapshot" and lines[0]["hostname"] == "beta", lines[0]
nodes = {node["name"]: node for node in lines[1:]}
assert nodes["two.txt"]["type"] == "file" and nodes["two.txt"]["size"] == 4, nodes
assert nodes["sub"]["type"] == "dir" and nodes["sub"]["path"].endswith("/data/sub"), nodes
assert nodes["link"]["type"] == "symlink", nodes
assert nodes["one.txt"]["mtime"] and nodes["one.txt"]["permissions"].startswith("-rw"), nodes
' || exit 10
