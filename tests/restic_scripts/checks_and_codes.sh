# What scripts ask about a repository before and after they work with it.
export RESTIC_PASSWORD=secret
restic -r "$PWD/nothing" cat config > /dev/null 2>&1
[ $? = 10 ] || exit 1
restic -r "$PWD/repo" init > /dev/null || exit 2
restic -r "$PWD/repo" cat config > config || exit 3
python3 -c 'import json; config = json.load(open("config")); assert config["version"] >= 1 and len(config["id"]) == 64, config' || exit 4
RESTIC_PASSWORD=wrong restic -r "$PWD/repo" --json snapshots 2> wrong
[ $? = 12 ] || exit 5
tail -n 1 wrong | python3 -c 'import json, sys; error = json.load(sys.stdin); assert (error["message_type"], error["code"]) == ("exit_error", 12), error' || exit 6
mkdir data && echo x > data/file
restic -r "$PWD/repo" backup --quiet data || exit 7
restic -r "$PWD/repo" --json check | tail -n 1 | python3 -c '
import json, sys
summary = json.load(sys.stdin)
assert summary["message_type"] == "summary" and summary["num_errors"] == 0, summary
assert not summary["suggest_repair_index"] and not summary["suggest_prune"], summary
' || exit 8
restic -r "$PWD/repo" check --read-data --quiet || exit 9
restic -r "$PWD/repo" check --read-data-subset=1/2 || exit 10
restic -r "$PWD/repo" check --host nobody-has-this-name >/dev/null 2>&1
restic -r "$PWD/repo" check --tag '' --with-cache || exit 11
restic version --json | python3 -c 'import json, sys; version = json.load(sys.stdin); assert version["message_type"] == "version" and version["version"], version' || exit 12
restic -r "$PWD/repo" stats --json | python3 -c 'import json, sys; stats = json.load(sys.stdin); assert stats["total_file_count"] >= 1 and stats["snapshots_count"] == 1, stats' || exit 13
restic -r "$PWD/repo" list snapshots | grep -q . || exit 14
restic -r "$PWD/repo" key list --json | python3 -c '
import json, sys
[key] = json.load(sys.stdin)
assert key["current"] is True and key["userName"] and key["hostName"] and key["created"], key
' || exit 15
printf '%s\n' "$PWD/repo" > place
restic --repository-file place snapshots --compact > listed || exit 16
restic -r "$PWD/repo" forget latest || exit 17
[ "$(restic -r "$PWD/repo" snapshots --json)" = '[]' ] || exit 18
restic -r "$PWD/repo" prune --max-unused unlimited || exit 19
