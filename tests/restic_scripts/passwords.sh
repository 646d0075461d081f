# Where passwords come from, and how one is exchanged.
export RESTIC_REPOSITORY="$PWD/repo"
echo first > first
echo second > second
restic init --password-file first || exit 1
restic -p first snapshots || exit 2
RESTIC_PASSWORD_COMMAND='cat first' restic snapshots || exit 3
restic --password-command 'cat first' snapshots || exit 4
RESTIC_PASSWORD_FILE=first restic key add --new-password-file second --host laptop --user me || exit 5
restic --password-file second key list --json > keys || exit 6
old="$(python3 -c 'import json; print(next(key["id"] for key in json.load(open("keys")) if not key["current"]))')"
python3 -c 'import json; assert any(key["hostName"] == "laptop" and key["userName"] == "me" for key in json.load(open("keys")))' || exit 7
restic --password-file second key remove "$old" || exit 8
restic --password-file first snapshots && exit 9
echo third > third
restic --password-file second key passwd --new-password-file third || exit 10
echo repo > place
unset RESTIC_REPOSITORY
RESTIC_REPOSITORY_FILE=place restic --password-file third snapshots || exit 11
restic --repository-file place --password-file third snapshots || exit 12
