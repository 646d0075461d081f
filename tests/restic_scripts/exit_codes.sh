# A wrapper that decides by exit codes. Prints nothing if each is as documented.
export RESTIC_REPOSITORY="$PWD/repo" RESTIC_PASSWORD=secret
mkdir data
echo x > data/x
expect() {
    wanted=$1
    shift
    restic "$@" >out 2>err
    code=$?
    if [ $code != "$wanted" ]; then
        echo "restic $*: $code instead of $wanted: $(cat out err)"
        exit 1
    fi
}
expect 10 snapshots
expect 10 backup data
expect 10 cat config
expect 10 unlock
expect 0 init
expect 1 init
expect 0 cat config
expect 0 backup data
# One of the sources is gone.
expect 3 backup data no-longer-there
expect 0 check
expect 0 unlock
expect 0 unlock --remove-all
RESTIC_PASSWORD=wrong expect 12 snapshots
RESTIC_PASSWORD=wrong expect 12 unlock
expect 1 restore 00000000 --target back
# Options of runs that fear the locks of others.
expect 0 --no-lock snapshots
expect 0 backup --retry-lock 5m data
expect 0 check --no-lock --retry-lock=1h30m
expect 0 prune --retry-lock 10s
grep -q . err && exit 2
exit 0
