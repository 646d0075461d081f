# What is to be backed up stands in lists.
export RESTIC_REPOSITORY="$PWD/repo" RESTIC_PASSWORD=secret
mkdir -p src/a src/b 'src/with space'
echo 1 > src/a/one.c
echo 2 > src/b/two.c
echo 3 > src/b/three.h
echo 4 > 'src/with space/four [4].c'
restic init || exit 1

printf '# sources\n\nsrc/*/*.c\n' > patterns
restic backup --files-from patterns || exit 2
[ "$(restic ls latest | grep -c '\.[ch]$')" = 3 ] || exit 3

find src -name '*.h' > lines
restic backup --files-from-verbatim lines || exit 4
[ "$(restic ls latest | grep -c '\.[ch]$')" = 1 ] || exit 5

find src -name '*.c' -print0 | restic backup --files-from-raw - || exit 6
[ "$(restic ls latest | grep -c '\.c$')" = 3 ] || exit 7
restic ls latest | grep -qF 'four [4].c' || exit 8

echo "$PWD/src" | restic backup --files-from - --exclude '*.h' --iexclude '*TWO*' || exit 9
restic ls latest | grep -q one.c || exit 10
if restic ls latest | grep -q -e three.h -e two.c; then exit 11; fi
