# Every night: make the repository if there is none, back up, drop old snapshots, free space, check.
export RESTIC_REPOSITORY="$PWD/repo" RESTIC_PASSWORD_FILE="$PWD/password"
echo secret > password
chmod 600 password
mkdir -p home/work home/.cache home/proxy
echo text > home/work/letter.txt
echo junk > home/.cache/junk
printf 'Signature: 8a477f597d28d172789f06886806bc55\n' > home/proxy/CACHEDIR.TAG
echo junk > home/proxy/junk
printf '# nothing that can be had again\n.cache\n*.tmp\n' > excludes
echo x > home/work/x.tmp

night() {
    restic cat config >/dev/null 2>&1
    code=$?
    if [ $code = 10 ]; then
        restic init
    elif [ $code != 0 ]; then
        echo "the repository cannot be opened: $code" >&2
        return 1
    fi
    restic unlock || return 1
    restic backup --quiet --exclude-file=excludes --exclude-caches --one-file-system --tag nightly --host server home || return 1
    restic forget --quiet --host server --tag nightly --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --keep-yearly 3 --prune || return 1
    restic check --quiet
}

night || exit 1
night || exit 1
listed="$(restic ls latest)"
echo "$listed" | grep -q letter.txt || exit 2
if echo "$listed" | grep -q -e junk -e x.tmp; then exit 3; fi
# Two of one day: the newer one, and the oldest of all, as long as there are so few.
[ "$(restic snapshots --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" = 2 ] || exit 4
# Some write options of a command before it.
restic --compression max --no-extra-verify backup --quiet --tag nightly --host server home || exit 5
