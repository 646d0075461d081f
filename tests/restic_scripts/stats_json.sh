# Figures for monitoring.
export RESTIC_REPOSITORY="$PWD/repo" RESTIC_PASSWORD=secret
mkdir data
head -c 100000 /dev/urandom > data/random
cp data/random data/copy
restic init || exit 1
restic backup data --json | python3 -c '
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["message_type"] == "status":
        assert 0 <= message["percent_done"] <= 1, message
summary = message
assert summary["message_type"] == "summary" and summary["files_new"] == 2, summary
assert summary["total_bytes_processed"] == 200000 and summary["data_added"] >= 100000, summary
assert summary["total_files_processed"] == 2 and summary["total_duration"] > 0, summary
print(summary["snapshot_id"])
' > id || exit 2
restic stats --json latest | python3 -c '
import json, sys
stats = json.load(sys.stdin)
assert stats["total_size"] == 200000 and stats["total_file_count"] >= 2 and stats["snapshots_count"] == 1, stats
' || exit 3
restic stats --mode raw-data --json | python3 -c '
import json, sys
stats = json.load(sys.stdin)
assert 100000 <= stats.get("total_uncompressed_size", 0) < 200000 and stats["total_blob_count"] > 0, stats
' || exit 4
restic stats --mode restore-size "$(cat id)" | grep -q 'Total Size' || exit 5
restic snapshots --json latest | python3 -c '
import json, sys
(snapshot,) = json.load(sys.stdin)
assert snapshot["id"] == open("id").read().strip(), snapshot
assert snapshot["summary"]["total_bytes_processed"] == 200000, snapshot
' || exit 6
# The line that says which snapshot it is.
restic backup --verbose=2 data > out || exit 7
grep -q '^snapshot [0-9a-f]\{8\} saved' out && grep -q unchanged out || exit 8
