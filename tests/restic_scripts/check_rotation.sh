# A seventh of the data is read each day.
export RESTIC_REPOSITORY="$PWD/repo" RESTIC_PASSWORD=secret
mkdir data
head -c 2000000 /dev/urandom > data/file
restic init || exit 1
restic backup -q data || exit 1
for day in 1 2 3 4 5 6 7; do
    restic check --read-data-subset=$day/7 || exit 2
done
restic check --read-data-subset 10% || exit 3
restic check --read-data-subset=1M || exit 4
restic check --read-data || exit 5
restic -q check > out || exit 6
restic repair index || exit 7
restic prune || exit 8
restic list snapshots > ids || exit 9
[ "$(wc -l < ids)" = 1 ] && [ "$(restic list locks | wc -l)" = 0 ] || exit 10
# Repair finds nothing to do.
restic repair snapshots --dry-run || exit 11
