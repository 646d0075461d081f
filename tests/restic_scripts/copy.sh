# A second repository that has all snapshots of the first.
mkdir data
head -c 300000 /dev/urandom > data/file
echo one > first.pass
echo two > second.pass
restic -r first -p first.pass init || exit 1
restic -r second -p second.pass init --from-repo first --from-password-file first.pass --copy-chunker-params || exit 2
restic -r first -p first.pass backup --tag t "$PWD/data" || exit 3
restic -r second -p second.pass copy --from-repo first --from-password-file first.pass || exit 4
RESTIC_FROM_REPOSITORY=first RESTIC_FROM_PASSWORD=one restic -r second -p second.pass copy latest || exit 5
count() { restic -r "$1" -p "$1.pass" snapshots --json --tag t | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'; }
[ "$(count first) $(count second)" = "1 1" ] || exit 6
restic -r second -p second.pass restore latest --target back || exit 7
cmp data/file "back$PWD/data/file" || exit 8
