# Follows a backup by its JSON, as monitoring does.
export RESTIC_REPOSITORY="$PWD/repo" RESTIC_PASSWORD=secret RESTIC_PROGRESS_FPS=50
mkdir -p data/sub
head -c 2000000 /dev/urandom > data/large
echo one > data/sub/one.txt
restic init --json | python3 -c '
import json, sys
first = json.loads(sys.stdin.readline())
assert first["message_type"] == "initialized" and len(first["id"]) == 64 and first["repository"], first
' || exit 1

restic backup --json --tag nightly data > first.json || exit 2
python3 - <<'END' || exit 3
import json
lines = [json.loads(line) for line in open("first.json")]
assert {line["message_type"] for line in lines} <= {"status", "verbose_status", "summary"}, lines
assert all(0 <= line["percent_done"] <= 1 for line in lines if line["message_type"] == "status")
summary = lines[-1]
assert summary["message_type"] == "summary", summary
assert summary["files_new"] == 2 and summary["files_changed"] == 0 and summary["files_unmodified"] == 0, summary
assert summary["dirs_new"] >= 2 and summary["data_blobs"] >= 1 and summary["tree_blobs"] >= 1, summary
assert summary["total_files_processed"] == 2 and summary["total_bytes_processed"] == 2000004, summary
assert summary["data_added"] >= 2000004 and summary["data_added_packed"] > 0 and summary["total_duration"] > 0, summary
assert summary["backup_start"] < summary["backup_end"] and len(summary["snapshot_id"]) >= 32, summary
END

echo more >> data/sub/one.txt
restic backup --json --verbose=2 --tag nightly data > second.json || exit 4
python3 - <<'END' || exit 5
import json
lines = [json.loads(line) for line in open("second.json")]
actions = {line["item"].rsplit("/data/", 1)[-1]: line["action"] for line in lines if line["message_type"] == "verbose_status" and line["action"] != "scan_finished"}
assert actions["sub/one.txt"] == "modified" and actions["large"] == "unchanged", actions
summary = lines[-1]
assert (summary["files_new"], summary["files_changed"], summary["files_unmodified"]) == (0, 1, 1), summary
END

# A dry run stores nothing, an unchanged one nothing new.
restic backup --json --dry-run data | tail -n 1 | python3 -c 'import json, sys; assert json.load(sys.stdin)["dry_run"] is True' || exit 6
[ "$(restic snapshots --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" = 2 ] || exit 7
restic backup --json --skip-if-unchanged data > third.json || exit 8
[ "$(restic snapshots --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" = 2 ] || exit 9
# The summary is in the snapshot too.
restic snapshots --json latest | python3 -c '
import json, sys
[snapshot] = json.load(sys.stdin)
summary = snapshot["summary"]
assert (summary["files_changed"], summary["files_unmodified"], summary["total_files_processed"]) == (1, 1, 2), summary
assert snapshot["parent"] and snapshot["program_version"], snapshot
' || exit 10
# A source that is not there: what is there is backed up, and the code says it.
restic backup --json data nowhere > fourth.json 2> errors.json
[ $? = 3 ] || exit 11
tail -n 1 fourth.json | python3 -c 'import json, sys; assert json.load(sys.stdin)["snapshot_id"]' || exit 12
restic backup --json nowhere > none.json 2> fatal.json
[ $? = 1 ] || exit 13
tail -n 1 fatal.json | python3 -c '
import json, sys
error = json.load(sys.stdin)
assert error["message_type"] == "exit_error" and error["code"] == 1 and error["message"], error
' || exit 14
