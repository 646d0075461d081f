# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_caddis_global_optspecs
    string join \n r/repo= repository-file= p/password-file= password-command= password-fd= insecure-no-password key-hint= cache-dir= cache-size= no-cache cleanup-cache accept-rollback q/quiet v/verbose json o/option= cacert= tls-client-cert= insecure-tls http-user-agent= at= limit-upload= limit-download= h/help V/version
end

function __fish_caddis_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_caddis_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_caddis_using_subcommand
    set -l cmd (__fish_caddis_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c caddis -n "__fish_caddis_needs_command" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_needs_command" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_needs_command" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_needs_command" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_needs_command" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_needs_command" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_needs_command" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_needs_command" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_needs_command" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_needs_command" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_needs_command" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_needs_command" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_needs_command" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_needs_command" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_needs_command" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_needs_command" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_needs_command" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_needs_command" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_needs_command" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_needs_command" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_needs_command" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_needs_command" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_needs_command" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_needs_command" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_needs_command" -s V -l version -d 'Print version'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "init" -d 'Make a new repository'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "backup" -d 'Save files and directories, or a stream, as a new snapshot'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "why" -d 'Tell why a path is in a backup or left out'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "import" -d 'Make a snapshot of what is in a tar archive'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "restore" -d 'Bring files of a snapshot back'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "copy" -d 'Copy snapshots into other repositories'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "snapshots" -d 'List snapshots'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "undelete" -d 'Bring forgotten snapshots back, as long as `caddis prune` has not removed their data'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "protect" -d 'Protect snapshots: no `caddis forget` removes them'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "unprotect" -d 'Lift the protection of snapshots'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "tag" -d 'Change tags of snapshots'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "rewrite" -d 'Make changed copies of snapshots: without some files, with another host, time or label'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "purge" -d 'Remove paths from all snapshots'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "status" -d 'Show when everything was last backed up, where to, and whether that is enough'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "ls" -d 'List the files of a snapshot'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "find" -d 'Find files and directories in snapshots, or where blobs and packs are used'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "history" -d 'Show all versions of a file or directory over the snapshots'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "diff" -d 'Show what differs between two snapshots, or between a snapshot and a directory here'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "dump" -d 'Write a file of a snapshot, or a directory as an archive, to standard output'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "export" -d 'Write a snapshot, or a directory of it, as a tar archive'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "mount" -d 'Look at snapshots as files, without restoring them'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "stats" -d 'Show sizes and counts'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "du" -d 'Show how much storage snapshots, hosts, labels or directories take'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "cat" -d 'Print single objects of the repository'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "list" -d 'List the ids of what is stored, one a line'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "prune" -d 'Remove what no snapshot needs'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "check" -d 'Check that the repository holds what it promises'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "repair" -d 'Mend what parity, replicas and packs can bring back'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "recover" -d 'Make a snapshot of directories that are in no snapshot'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "scrub" -d 'Verify, and repair, packs without a password'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "location" -d 'Manage the locations of a repository that is in several'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "repo" -d 'Look at the repository as a whole, or at the place where it is or shall be'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "key" -d 'Manage passwords: each key slot opens the repository with one'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "kit" -d 'Print a recovery sheet: what is needed to restore on a new machine'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "cache" -d 'Show what this machine keeps of repositories, and remove what is not used any more'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "generate" -d 'Write man pages, and completions for shells'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "version" -d 'Print the version of the program'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "forget" -d 'Remove snapshots by a policy, or by name; their data stay until `caddis prune`'
complete -c caddis -n "__fish_caddis_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c caddis -n "__fish_caddis_using_subcommand init" -l location -d 'One of several places of the repository, the primary first: PLACE[,capacity=SIZE][,priority=N]; a higher priority gets data rather than parity' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l pack-size -d 'Size of full packs: a power of two from 256KiB to 64MiB [default: 1MiB, more if chunks are larger]' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l parity -d 'Parity: K data packs are protected by M parity packs; `off` for none [default: 20+2; 1+1 for two locations, 4+2 for three, 6+2 for four, …]' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l chunker -d 'Least, average and largest size of chunks [default: 32KiB,128KiB,512KiB, less for small packs]' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l compression -d 'How hard new data is compressed: auto, off, fastest, better, max or a level of zstd' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l delta -d 'Whether changed files are stored as deltas of their older versions: auto, on or off' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l inline-limit -d 'Files of at most so many bytes are stored with their name [default: 256, or as in --from-repo]' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l kdf-log-n -d 'Guessing the password costs 2^N units of work and memory, 14 to 20' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l from-repo -d 'The other repository, as for --repo [env: CADDIS_FROM_REPOSITORY]' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l from-repository-file -d 'File whose first line is the place of the other repository' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand init" -l from-password-file -d 'File that holds its password [env: CADDIS_FROM_PASSWORD_FILE; the password itself may be in CADDIS_FROM_PASSWORD] [default: the same password]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand init" -l from-password-command -d 'Shell command that prints its password [env: CADDIS_FROM_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l from-key-hint -d 'Beginning of the id of its key slot that is tried first, where there are many [env: CADDIS_FROM_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand init" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand init" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand init" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand init" -l single-writer -d 'Only one machine at a time will ever write: needed on storage that overwrites what exists (`caddis repo probe` tells)'
complete -c caddis -n "__fish_caddis_using_subcommand init" -l from-insecure-no-password -d 'Its password is empty'
complete -c caddis -n "__fish_caddis_using_subcommand init" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand init" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand init" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand init" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand init" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand init" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand init" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand init" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand init" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l compression -d 'How hard new data is compressed: auto, off, fastest, better, max or a level of zstd [default: the repository\'s]' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l delta -d 'Whether changed files are stored as deltas of their older versions: auto, on or off [default: the repository\'s]' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l read-concurrency -d 'Large files read at the same time' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l parent -d 'Snapshot from which unchanged files are taken over [default: the newest of the same host and paths; with --label one that has this label, if there is any]' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -s g -l group-by -d 'What that snapshot must have in common with the new one, in place of the default: host, paths, tags, label; \'\' is nothing' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l files-from -d 'Take paths from a file, one pattern a line, - is standard input (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l files-from-verbatim -d 'Take paths from a file, one a line, as they are (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l files-from-raw -d 'Take paths from a file in which each ends with a zero byte, as `find -print0` writes them (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l stdin-filename -d 'Path in the snapshot of what comes from standard input or a command' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l command -d 'Back up the output of a shell command as a file (can be repeated: one snapshot has them all). They run one after another, and no snapshot is made if one of them fails. The shell is /bin/sh without pipefail, to which a pipe fails only if its last command does: `pg_dump app | gzip` hides a dump that fails, `bash -o pipefail -c \'pg_dump app | gzip\'` does not' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l as-path -d 'Store the path that is backed up as this one, such as /mnt/snap/home as /home. Parents, excludes and restores go by it' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand backup" -s e -l exclude -d 'Leave out what matches; `!` before a pattern takes it in again (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l iexclude -d 'The same without regard to case' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l exclude-file -d 'Take exclude patterns from a file, one a line; # begins a comment, $VAR is replaced (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l iexclude-file -d 'The same without regard to case' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l exclude-if-present -d 'Leave out the content of directories that have such a file (that begins with HEADER)' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l exclude-larger-than -d 'Leave out files larger than this, e.g. 500MiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l tag -d 'Tags of the snapshot (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l label -d 'Label of the series to which the snapshot belongs' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -s H -l host -d 'Host name of the snapshot [default: that of this machine]' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l time -d 'Time of the snapshot: "2026-01-31 23:59:59", 2026-01-31, "2 hours ago", yesterday or now' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l description -d 'A text that goes with the snapshot' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand backup" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l init -d 'Make the repository first if there is none'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l no-extra-verify -d 'Do not open and compare what was just encrypted before it is stored'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l no-scan -d 'Do not count files first; progress then has no end to show'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -s f -l force -d 'Read everything again'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l skip-if-unchanged -d 'Make no snapshot if it would be equal to the one before'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -s n -l dry-run -d 'Write nothing, tell what would be done'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l detect-bitrot -d 'Read files that seem unchanged too, and report those whose content has changed all the same: suspected bitrot, exit code 3. The snapshot keeps the content that the parent has, which is what was there when the file was written last; so the report comes again until the file is restored, or touched if its content is right'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l ignore-ctime -d 'A file is unchanged even if its status change time differs'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l ignore-inode -d 'A file is unchanged even if its inode number differs'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l stdin -d 'Back up standard input as one file'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l stdin-from-command -d 'Back up the output of a command, which follows after --; no snapshot is made if it fails'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l exclude-caches -d 'Leave out the content of cache directories (those with a CACHEDIR.TAG)'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l git-ignore -d 'Leave out what .gitignore files in the sources name'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -s x -l one-file-system -d 'Do not go into other file systems'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l read-special -d 'Store block devices, pipes and character devices that are named as files with what comes out of them. `caddis restore --to-device` writes one back to a device'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l with-atime -d 'Keep the times at which files and directories were read last'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand backup" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand why" -l files-from -d 'Take paths from a file, one pattern a line, - is standard input (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand why" -l files-from-verbatim -d 'Take paths from a file, one a line, as they are (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand why" -l files-from-raw -d 'Take paths from a file in which each ends with a zero byte, as `find -print0` writes them (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand why" -l stdin-filename -d 'Path in the snapshot of what comes from standard input or a command' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l command -d 'Back up the output of a shell command as a file (can be repeated: one snapshot has them all). They run one after another, and no snapshot is made if one of them fails. The shell is /bin/sh without pipefail, to which a pipe fails only if its last command does: `pg_dump app | gzip` hides a dump that fails, `bash -o pipefail -c \'pg_dump app | gzip\'` does not' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l as-path -d 'Store the path that is backed up as this one, such as /mnt/snap/home as /home. Parents, excludes and restores go by it' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand why" -s e -l exclude -d 'Leave out what matches; `!` before a pattern takes it in again (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l iexclude -d 'The same without regard to case' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l exclude-file -d 'Take exclude patterns from a file, one a line; # begins a comment, $VAR is replaced (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand why" -l iexclude-file -d 'The same without regard to case' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand why" -l exclude-if-present -d 'Leave out the content of directories that have such a file (that begins with HEADER)' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l exclude-larger-than -d 'Leave out files larger than this, e.g. 500MiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand why" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand why" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand why" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand why" -l stdin -d 'Back up standard input as one file'
complete -c caddis -n "__fish_caddis_using_subcommand why" -l stdin-from-command -d 'Back up the output of a command, which follows after --; no snapshot is made if it fails'
complete -c caddis -n "__fish_caddis_using_subcommand why" -l exclude-caches -d 'Leave out the content of cache directories (those with a CACHEDIR.TAG)'
complete -c caddis -n "__fish_caddis_using_subcommand why" -l git-ignore -d 'Leave out what .gitignore files in the sources name'
complete -c caddis -n "__fish_caddis_using_subcommand why" -s x -l one-file-system -d 'Do not go into other file systems'
complete -c caddis -n "__fish_caddis_using_subcommand why" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand why" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand why" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand why" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand why" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand why" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand why" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand why" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand why" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand import" -l as-path -d 'Directory in the snapshot beneath which the entries are stored [default: the root]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand import" -l compression -d 'How hard new data is compressed: auto, off, fastest, better, max or a level of zstd [default: the repository\'s]' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l tag -d 'Tags of the snapshot (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l label -d 'Label of the series to which the snapshot belongs' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -s H -l host -d 'Host name of the snapshot [default: that of this machine]' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l time -d 'Time of the snapshot: "2026-01-31 23:59:59", 2026-01-31, "2 hours ago", yesterday or now' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l description -d 'A text that goes with the snapshot' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand import" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand import" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand import" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand import" -l skip-if-unchanged -d 'Make no snapshot if it would be equal to the one before'
complete -c caddis -n "__fish_caddis_using_subcommand import" -s n -l dry-run -d 'Write nothing, tell what would be done'
complete -c caddis -n "__fish_caddis_using_subcommand import" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand import" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand import" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand import" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand import" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand import" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand import" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand import" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand import" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -s t -l target -d 'Directory beneath which files are restored; it is made if it does not exist. It gets the owner, mode and times of the directory that PATH names if it was empty, or with --delete' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l to-command -d 'Give the content of each file to a shell command instead, which learns CADDIS_FILE (its path in the snapshot), CADDIS_SIZE, CADDIS_FILE_MODE, CADDIS_MTIME, CADDIS_UID, CADDIS_GID, CADDIS_UNAME, CADDIS_GNAME and CADDIS_SNAPSHOT; one that fails is an error of this file' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l to-device -d 'Write the file that PATH names to the beginning of a block device instead. What is there already is compared, and only what differs is written' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l overwrite -d 'When files that are there may be changed' -r -f -a "always\t'Always; files are compared and only what differs is written'
if-changed\t'If size or modification time differ'
if-newer\t'If the file in the snapshot is newer'
never\t'Never'"
complete -c caddis -n "__fish_caddis_using_subcommand restore" -s i -l include -d 'Take, or keep, only what matches (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l iinclude -d 'The same without regard to case' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l include-file -d 'Take include patterns from a file, one a line; # begins a comment, $VAR is replaced (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l iinclude-file -d 'The same without regard to case' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand restore" -s e -l exclude -d 'Leave out what matches; `!` before a pattern takes it in again (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l iexclude -d 'The same without regard to case' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l exclude-file -d 'Take exclude patterns from a file, one a line; # begins a comment, $VAR is replaced (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l iexclude-file -d 'The same without regard to case' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l uid-map -d 'User FROM of the snapshot becomes user TO, and so on for COUNT numbers; in access-control lists too (can be repeated: the first that fits)' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l gid-map -d 'The same for groups' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l include-xattr -d 'Only extended attributes whose names match, e.g. user.* (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l exclude-xattr -d 'No extended attributes whose names match (can be repeated); access-control lists are system.posix_acl_*' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand restore" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand restore" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l delete -d 'Delete what is in restored directories and not in the snapshot. Where the snapshot does not have all of a directory (something could not be read or is lost, or the backup was interrupted), nothing in that directory is deleted'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -s n -l dry-run -d 'Write nothing, tell what would be done'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l verify -d 'Read every restored file back and compare it'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l sparse -d 'Make holes of long runs of zeros'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l heal -d 'Write packs that had to be rebuilt back to the repository'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l report-healed -d 'End with exit code 5 if packs had to be rebuilt'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l ownership-by-name -d 'Owners by their names where this machine has them, else by number'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l numeric-ids -d 'Owners by number, whatever names say [default]'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l no-ownership -d 'Set no owners: new files belong to whoever restores, those that are there keep theirs'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l compression -d 'How hard data is compressed: auto, off, fastest, better, max or a level of zstd [default: that of the target]' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l from-repo -d 'The other repository, as for --repo [env: CADDIS_FROM_REPOSITORY]' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l from-repository-file -d 'File whose first line is the place of the other repository' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l from-password-file -d 'File that holds its password [env: CADDIS_FROM_PASSWORD_FILE; the password itself may be in CADDIS_FROM_PASSWORD] [default: the same password]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l from-password-command -d 'Shell command that prints its password [env: CADDIS_FROM_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l from-key-hint -d 'Beginning of the id of its key slot that is tried first, where there are many [env: CADDIS_FROM_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l to -d 'Copy into this repository (can be repeated); --repo is then the one to copy from' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l to-password-file -d 'File that holds the password of all of them [env: CADDIS_TO_PASSWORD_FILE; the password itself may be in CADDIS_TO_PASSWORD] [default: the same password]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l to-password-command -d 'Shell command that prints it [env: CADDIS_TO_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand copy" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand copy" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand copy" -s n -l dry-run -d 'Write nothing, tell what would be copied'
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l no-extra-verify -d 'Do not open and compare what was just encrypted before it is stored'
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l from-insecure-no-password -d 'Its password is empty'
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand copy" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand copy" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand copy" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand copy" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -s g -l group-by -d 'A list for each group of snapshots that have this in common: host, paths, tags, label' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l latest -d 'Only the newest N of each host and set of paths, or of each group' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -s c -l compact -d 'One line for each snapshot'
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l deleted -d 'Forgotten snapshots that `caddis undelete` can bring back, as long as `caddis prune` has not run'
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand snapshots" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand undelete" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l until -d 'Until then: a time, or a duration from now such as 90d [default: for ever]' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand protect" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand protect" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand protect" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand protect" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand protect" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand protect" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand unprotect" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l add -d 'Add these tags (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l remove -d 'Take these tags away (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l set -d 'Replace all tags by these; \'\' is none (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand tag" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand tag" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand tag" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand tag" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand tag" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand tag" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l new-host -d 'Host name of the copies' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l new-time -d 'Time of the copies: "2026-01-31 23:59:59", 2026-01-31, "2 days ago", yesterday' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l new-label -d 'Label of the copies; \'\' is none' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -s e -l exclude -d 'Leave out what matches; `!` before a pattern takes it in again (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l iexclude -d 'The same without regard to case' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l exclude-file -d 'Take exclude patterns from a file, one a line; # begins a comment, $VAR is replaced (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l iexclude-file -d 'The same without regard to case' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -s i -l include -d 'Take, or keep, only what matches (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l iinclude -d 'The same without regard to case' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l include-file -d 'Take include patterns from a file, one a line; # begins a comment, $VAR is replaced (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l iinclude-file -d 'The same without regard to case' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -s s -l snapshot-summary -d 'Count files and bytes anew, for snapshots that note no count or a wrong one'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l forget -d 'Forget the originals; refused if one is protected and would be changed'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l even-protected -d 'With --forget also originals that are protected; the copies are protected as they were'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -s n -l dry-run -d 'Write nothing, tell what would be done; with -vv each path that would go'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand rewrite" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand purge" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand purge" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand purge" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l even-protected -d 'Also from protected snapshots'
complete -c caddis -n "__fish_caddis_using_subcommand purge" -s n -l dry-run -d 'Write nothing, tell what would be removed'
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand purge" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand purge" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand purge" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand purge" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand status" -l max-age -d 'Exit with 4 if a series has no newer complete snapshot: 26h, 2d, 1w' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l ended-after -d 'A series without a snapshot for so long was given up on purpose: show it, and raise no alarm' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand status" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand status" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand status" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand status" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand status" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand status" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand status" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand status" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand status" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand status" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand status" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand status" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand status" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -s s -l sort -d 'Sort the whole list; the smallest, oldest or first in the alphabet comes first [default: by name, within directories]' -r -f -a "name\t'Path'
size\t'Size of files'
mtime\t'Time of the last modification'
ctime\t'Time of the last change of content or metadata'
extension\t'What follows the last dot of the name'"
complete -c caddis -n "__fish_caddis_using_subcommand ls" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand ls" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand ls" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand ls" -s l -l long -d 'Show mode, owner, size and time too'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -s R -l recursive -d 'With directories: list everything beneath them'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l human-readable -d 'With --long: sizes in KiB, MiB and so on'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l reverse -d 'Turn the order around'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l ncdu -d 'Write what `ncdu -f` reads (JSON, version 1.2); always with everything beneath'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c caddis -n "__fish_caddis_using_subcommand find" -s O -l oldest -d 'Only what was modified then or later: 2026-01-31 (its first moment), "2026-01-31 23:59:59", "2 days ago", yesterday' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -s N -l newest -d 'Only what was modified then or before; times as with --oldest' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l size -d 'Only files of more than (+10M), less than (-1k) or exactly (512) so many bytes (repeated: all must hold)' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l type -d 'Only files (f), directories (d), links (l), pipes (p), sockets (s), character (c) or block devices (b); several with commas' -r -f -a "f\t'File'
d\t'Directory'
l\t'Symbolic link'
p\t'Named pipe'
s\t'Socket'
c\t'Character device'
b\t'Block device'"
complete -c caddis -n "__fish_caddis_using_subcommand find" -s s -l snapshot -d 'Only in this snapshot: beginning of an id, latest, latest~N, @label, latest@{TIME} (see caddis --help) (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand find" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand find" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand find" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand find" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand find" -s i -l ignore-case -d 'Ignore case'
complete -c caddis -n "__fish_caddis_using_subcommand find" -l blob -d 'The arguments are ids of blobs'
complete -c caddis -n "__fish_caddis_using_subcommand find" -l tree -d 'The arguments are ids of trees'
complete -c caddis -n "__fish_caddis_using_subcommand find" -l pack -d 'The arguments are ids of packs'
complete -c caddis -n "__fish_caddis_using_subcommand find" -l show-pack-id -d 'With --blob, --tree or --pack: show which packs hold what is found'
complete -c caddis -n "__fish_caddis_using_subcommand find" -s l -l long -d 'Show mode, owner, size and time too'
complete -c caddis -n "__fish_caddis_using_subcommand find" -l human-readable -d 'With --long: sizes in KiB, MiB and so on'
complete -c caddis -n "__fish_caddis_using_subcommand find" -s R -l reverse -d 'Oldest snapshots first'
complete -c caddis -n "__fish_caddis_using_subcommand find" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand find" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand find" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand find" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand find" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand find" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand find" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand find" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand find" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c caddis -n "__fish_caddis_using_subcommand history" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand history" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand history" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand history" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand history" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand history" -l content -d 'Only versions with other content: changes of metadata alone are left out'
complete -c caddis -n "__fish_caddis_using_subcommand history" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand history" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand history" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand history" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand history" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand history" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand history" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand history" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand history" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -s e -l exclude -d 'Leave out what matches; `!` before a pattern takes it in again (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l iexclude -d 'The same without regard to case' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l exclude-file -d 'Take exclude patterns from a file, one a line; # begins a comment, $VAR is replaced (can be repeated)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l iexclude-file -d 'The same without regard to case' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand diff" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand diff" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand diff" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l metadata -d 'Show also what differs in metadata only'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l read-all -d 'With a directory: read all files, also those that seem unchanged'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l no-content -d 'With a directory: read no file; those of another size are modified'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -s x -l one-file-system -d 'With a directory: do not go into other file systems'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand diff" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand dump" -s a -l archive -d 'Kind of the archive that a directory becomes' -r -f -a "tar\t'POSIX tar'
zip\t'Zip'"
complete -c caddis -n "__fish_caddis_using_subcommand dump" -s t -l target -d 'Write to this file, which replaces one of the same name when it is complete; only its owner can read it' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand dump" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand dump" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand dump" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand dump" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand dump" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand dump" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand dump" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c caddis -n "__fish_caddis_using_subcommand export" -s t -l target -d 'Write to this file, which replaces one of the same name when it is complete; only its owner can read it' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand export" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand export" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand export" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand export" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand export" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand export" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand export" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand export" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand export" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand export" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand export" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand export" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand export" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand export" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l path-template -d 'Where snapshots are shown (can be repeated; instead of the default)' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l time-template -d 'How times are shown: the time Mon Jan 2 15:04:05 -0700 MST 2006 written as wanted, or strftime' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand mount" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand mount" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l allow-other -d 'Let other users look at it, with the permissions of the files'
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l no-default-permissions -d 'With --allow-other: let them read everything, whatever the permissions say'
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l owner-root -d 'Show everything as owned by root'
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand mount" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand mount" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand mount" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand mount" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l mode -d 'What is counted' -r -f -a "restore-size\t'Files and bytes that restoring the snapshots would write'
files-by-contents\t'Files with distinct content, whatever their names'
blobs-per-file\t'The blobs of those files, each once for a path'
raw-data\t'Distinct blobs that the snapshots use, as they are stored and before compression'
repository\t'Everything that is stored, whichever snapshot uses it'"
complete -c caddis -n "__fish_caddis_using_subcommand stats" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand stats" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand stats" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand stats" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand stats" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand stats" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c caddis -n "__fish_caddis_using_subcommand du" -s g -l group-by -d 'Put snapshots together: snapshot for each by itself, or a list of host, label, paths and tags' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -s d -l depth -d 'Show directories instead of snapshots, down to this depth; all chosen snapshots count together [default: 1 with a path]' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l beneath -d 'Show the directories beneath this path of the snapshots' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand du" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand du" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand du" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand du" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand du" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand du" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand du" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand du" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand du" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand du" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand du" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand du" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand du" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand du" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand cat" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand cat" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand cat" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand cat" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand cat" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand cat" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand cat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c caddis -n "__fish_caddis_using_subcommand list" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand list" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand list" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand list" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand list" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand list" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand list" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand list" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand list" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand list" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand list" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand list" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand list" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand list" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand list" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand list" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand list" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand list" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand list" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand list" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand list" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand list" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand list" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l max-unused -d 'Unused space that may stay: a share (5%), a size (2GiB) or unlimited [default: 10%]' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l max-repack-size -d 'Copy at most so many bytes; the rest is left to later prunes' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l max-rewrite -d 'Write at most so many bytes of new packs' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l stale-after -d 'End runs that were not heard of for so long; they have to start over' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l wait -d 'Wait at most so long for runs that are under way, not for those that begin meanwhile' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand prune" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand prune" -s n -l dry-run -d 'Change nothing, tell what would be done'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l delete-only -d 'Copy nothing: remove only what can go as a whole. A full disk needs no flag'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l accept-unexplained -d 'Go on although more is unused than forgotten snapshots explain'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l wipe -d 'Leave nothing that no snapshot needs, whatever must be copied for that (after `caddis purge`). Only what newer data are stored as deltas of stays with them'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand prune" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand check" -l read-data-subset -d 'Read a part of the packs: n/t (part n of t), x% or a size of random ones' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l older-than -d 'Read only packs that were not verified on this machine for so long: 12h, 30d, 8w (implies --read-data)' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l max-duration -d 'Stop reading packs after this time: 45m, 2h (implies --read-data); no error if nothing bad was found' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand check" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand check" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand check" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand check" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand check" -l read-data -d 'Read all packs too, and verify all they hold'
complete -c caddis -n "__fish_caddis_using_subcommand check" -l with-cache -d 'Do not read again from an object store what is kept of its directories and snapshots on this machine; whether storage still has that is then not known'
complete -c caddis -n "__fish_caddis_using_subcommand check" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand check" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand check" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand check" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand check" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand check" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand check" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand check" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand check" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -s n -l dry-run -d 'Write nothing, tell what would be done'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and not __fish_seen_subcommand_from snapshots" -a "snapshots" -d 'Make snapshots anew without what is lost of them'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -s H -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -s n -l dry-run -d 'Write nothing, tell what would be done'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l forget -d 'Forget the originals of snapshots that were made anew'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand repair; and __fish_seen_subcommand_from snapshots" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand recover" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand recover" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand recover" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand recover" -s n -l dry-run -d 'Write nothing, tell what would be found'
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand recover" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand recover" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand recover" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand recover" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l repair -d 'Write back what can be rebuilt from parity and replicas'
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand scrub" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -f -a "list" -d 'List locations, what they hold, and whether they can be reached'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -f -a "add" -d 'Add a location; it must be empty'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -f -a "remove" -d 'Move everything from a location to the others and take it out'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -f -a "replace" -d 'Put a location elsewhere, or fill the same place again after it lost everything'
complete -c caddis -n "__fish_caddis_using_subcommand location; and not __fish_seen_subcommand_from list add remove replace promote" -f -a "promote" -d 'Make a location the primary one'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l rebalance -d 'Move packs there until all locations have the same share; else only new ones go there'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l is-gone -d 'It cannot be reached and will not be back: rebuild what it had in the others'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from replace" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l primary-is-gone -d 'Of two locations, the primary is gone for good and must not be used by itself should it come back'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand location; and __fish_seen_subcommand_from promote" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -f -a "info" -d 'Show its settings, its locations, and what it survives'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -f -a "probe" -d 'Try out whether storage keeps what a repository rests on, and how quick it is'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and not __fish_seen_subcommand_from info probe lock" -f -a "lock" -d 'Lock objects in a bucket of S3 against removal, and extend the locks of what is still needed'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from info" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l size -d 'How much is written to measure the rate' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from probe" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l location -d 'In this location of several (can be repeated) [default: all that are in buckets of S3]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -s n -l dry-run -d 'Change nothing, tell how many locks would be extended'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand repo; and __fish_seen_subcommand_from lock" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -f -a "list" -d 'List key slots'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -f -a "add" -d 'Add a key slot with a new password'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -f -a "remove" -d 'Remove a key slot; the one in use cannot be removed'
complete -c caddis -n "__fish_caddis_using_subcommand key; and not __fish_seen_subcommand_from list add remove passwd" -f -a "passwd" -d 'Change the password: adds a slot, then removes the one in use'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l new-password-file -d 'File that holds the new password' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l new-password-command -d 'Shell command that prints the new password' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l host -d 'Host name that is noted in the slot [default: that of this machine]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l user -d 'User name that is noted in the slot [default: that of this user]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l label -d 'A text that says whose or what the slot is' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l kdf-log-n -d 'Guessing the password costs 2^N units of work and memory, 14 to 20 [default: 17]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l new-insecure-no-password -d 'The new password is empty: whoever has the storage can read the repository'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l new-password-file -d 'File that holds the new password' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l new-password-command -d 'Shell command that prints the new password' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l host -d 'Host name that is noted in the slot [default: that of this machine]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l user -d 'User name that is noted in the slot [default: that of this user]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l label -d 'A text that says whose or what the slot is' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l kdf-log-n -d 'Guessing the password costs 2^N units of work and memory, 14 to 20 [default: 17]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l new-insecure-no-password -d 'The new password is empty: whoever has the storage can read the repository'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand key; and __fish_seen_subcommand_from passwd" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l output -d 'Write the sheet to this new file, which only you can read, instead of standard output' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand kit" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand kit" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand kit" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l text -d 'Plain text, without the QR code'
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l with-password -d 'Print the password too: whoever finds the sheet can then read the backups'
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand kit" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand kit" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand kit" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand kit" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l max-age -d 'What counts as unused: a number of days, or 12h, 30d, 8w [env: CADDIS_CACHE_MAX_AGE]' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l clear -d 'Remove the cache of this repository: the beginning of its id, or a place where it was found (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand cache" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l cleanup -d 'Remove the caches of repositories that were not used for --max-age'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l memory -d 'Remove what is remembered too: what checks have verified, and what protects against rollback'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -s n -l dry-run -d 'Remove nothing, tell what would be done'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l no-size -d 'Do not list sizes'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand cache" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l man -d 'Write man pages into this folder, one for each command' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l bash-completion -d 'Write completions for bash to this file' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l zsh-completion -d 'Write completions for zsh to this file' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l fish-completion -d 'Write completions for fish to this file' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l powershell-completion -d 'Write completions for PowerShell to this file' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand generate" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand generate" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand generate" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand generate" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand generate" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand generate" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand generate" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand version" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand version" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand version" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand version" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand version" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand version" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand version" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand version" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand version" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand version" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand version" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand version" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand version" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand version" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand version" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand version" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand version" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand version" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand version" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand version" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand version" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand version" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand version" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand version" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s g -l group-by -d 'What the snapshots of a group have in common: host, paths, tags, label; \'\' makes one group [default: label where there is one, else host,paths]' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l simulate-at -d 'Apply the policy as if it were that time: "2026-01-31 23:59:59", 2026-01-31, "2 days ago", yesterday' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s l -l keep-last -d 'The newest N snapshots; as everywhere here "unlimited" or -1 is all, and a duration is as in --keep-within' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s H -l keep-hourly -d 'The newest snapshot of each of the last N hours that have one' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s d -l keep-daily -d 'The newest of each of the last N days that have one' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s w -l keep-weekly -d 'The newest of each of the last N weeks that have one' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s m -l keep-monthly -d 'The newest of each of the last N months that have one' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s y -l keep-yearly -d 'The newest of each of the last N years that have one' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l keep-within -d 'All that are younger than a duration such as 1y5m7d2h, counted from the newest snapshot of the group' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l keep-within-hourly -d 'Of these the newest of each hour' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l keep-within-daily -d 'Of these the newest of each day' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l keep-within-weekly -d 'Of these the newest of each week' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l keep-within-monthly -d 'Of these the newest of each month' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l keep-within-yearly -d 'Of these the newest of each year' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l keep-tag -d 'All that have all of these tags (can be repeated); \'\' stands for those without tags' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l keep-id -d 'This snapshot (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l tag -d 'Only snapshots that have all of these tags (can be repeated: any of the lists)' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l label -d 'Only snapshots with this label (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l path -d 'Only snapshots that include this absolute path (repeated: all of them)' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l max-unused -d 'Unused space that may stay: a share (5%), a size (2GiB) or unlimited [default: 10%]' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l max-repack-size -d 'Copy at most so many bytes; the rest is left to later prunes' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l max-rewrite -d 'Write at most so many bytes of new packs' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l host -d 'Only snapshots of this host (can be repeated)' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s r -l repo -d 'Repository to use: a path, s3://BUCKET/PREFIX, azblob://CONTAINER/PREFIX, gcs://BUCKET/PREFIX, sftp:USER@HOST:/PATH, webdav:https://HOST/PATH; `backup` takes several [env: CADDIS_REPOSITORY or CADDIS_REPO]' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s o -l option -d 'Setting of the storage, e.g. endpoint=https://host, connections=16, timeout=60, retries=9, cacert=FILE, storage_class=NAME [env: CADDIS_REPO_OPT_<NAME>]; 2.endpoint=… is for location 2 only' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l at -d 'Location N of the repository is at PLACE now, and not where it was recorded' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l repository-file -d 'File whose first line is the repository\'s place [env: CADDIS_REPOSITORY_FILE]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s p -l password-file -d 'File that holds the password [env: CADDIS_PASSWORD_FILE; the password itself may be in CADDIS_PASSWORD]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l password-command -d 'Shell command that prints the password [env: CADDIS_PASSWORD_COMMAND]' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l password-fd -d 'Read the password from this open file descriptor (0 is standard input)' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l key-hint -d 'Beginning of the id of the key slot that is tried first, where there are many [env: CADDIS_KEY_HINT]' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l cache-dir -d 'Folder for caches, which may be deleted at any time [env: CADDIS_CACHE_DIR] [default: ~/.cache/caddis]' -r -F
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l cache-size -d 'How much to keep there of what was read of directories and snapshots of an object store, for each repository; 0: nothing [env: CADDIS_CACHE_SIZE] [default: 1GiB]' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l cacert -d 'File with certificates to trust, like -o cacert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l tls-client-cert -d 'File with the certificate and the private key (PEM) by which this machine is known to the server, like -o tls_client_cert=FILE' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l http-user-agent -d 'What to call this program to servers, like -o user_agent=TEXT' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l limit-upload -d 'Send no more than this per second to storage that is not a folder, on average, e.g. 5MiB; a bare number is KiB' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l limit-download -d 'Receive no more than this per second' -r
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s n -l dry-run -d 'Remove nothing, tell what would be done'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l prune -d 'Free space afterwards, if a snapshot was removed'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s c -l compact -d 'One line for each snapshot'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l unsafe-allow-remove-all -d 'Allow a policy that keeps nothing of a group; without a policy, remove all that --host, --label, --tag and --path select'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l insecure-no-password -d 'Use an empty password: whoever has the storage can read the repository. Every command on it needs this'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l no-cache -d 'Keep no cache between runs'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l cleanup-cache -d 'Remove caches of repositories that were not used for 30 days, like `caddis cache --cleanup`, when the command has done its work'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l accept-rollback -d 'Take the repository as it is, although it is another one than before or lacks what this machine saw there'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s q -l quiet -d 'Tell only problems and results'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s v -l verbose -d 'Tell more; twice: list every file'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l json -d 'Print JSON lines instead of text'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -l insecure-tls -d 'Trust any certificate: whoever is on the way to the storage can pretend to be it, like -o insecure_tls=true'
complete -c caddis -n "__fish_caddis_using_subcommand forget" -s h -l help -d 'Print help'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "init" -d 'Make a new repository'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "backup" -d 'Save files and directories, or a stream, as a new snapshot'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "why" -d 'Tell why a path is in a backup or left out'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "import" -d 'Make a snapshot of what is in a tar archive'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "restore" -d 'Bring files of a snapshot back'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "copy" -d 'Copy snapshots into other repositories'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "snapshots" -d 'List snapshots'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "undelete" -d 'Bring forgotten snapshots back, as long as `caddis prune` has not removed their data'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "protect" -d 'Protect snapshots: no `caddis forget` removes them'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "unprotect" -d 'Lift the protection of snapshots'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "tag" -d 'Change tags of snapshots'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "rewrite" -d 'Make changed copies of snapshots: without some files, with another host, time or label'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "purge" -d 'Remove paths from all snapshots'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "status" -d 'Show when everything was last backed up, where to, and whether that is enough'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "ls" -d 'List the files of a snapshot'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "find" -d 'Find files and directories in snapshots, or where blobs and packs are used'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "history" -d 'Show all versions of a file or directory over the snapshots'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "diff" -d 'Show what differs between two snapshots, or between a snapshot and a directory here'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "dump" -d 'Write a file of a snapshot, or a directory as an archive, to standard output'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "export" -d 'Write a snapshot, or a directory of it, as a tar archive'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "mount" -d 'Look at snapshots as files, without restoring them'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "stats" -d 'Show sizes and counts'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "du" -d 'Show how much storage snapshots, hosts, labels or directories take'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "cat" -d 'Print single objects of the repository'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "list" -d 'List the ids of what is stored, one a line'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "prune" -d 'Remove what no snapshot needs'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "check" -d 'Check that the repository holds what it promises'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "repair" -d 'Mend what parity, replicas and packs can bring back'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "recover" -d 'Make a snapshot of directories that are in no snapshot'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "scrub" -d 'Verify, and repair, packs without a password'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "location" -d 'Manage the locations of a repository that is in several'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "repo" -d 'Look at the repository as a whole, or at the place where it is or shall be'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "key" -d 'Manage passwords: each key slot opens the repository with one'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "kit" -d 'Print a recovery sheet: what is needed to restore on a new machine'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "cache" -d 'Show what this machine keeps of repositories, and remove what is not used any more'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "generate" -d 'Write man pages, and completions for shells'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "version" -d 'Print the version of the program'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "forget" -d 'Remove snapshots by a policy, or by name; their data stay until `caddis prune`'
complete -c caddis -n "__fish_caddis_using_subcommand help; and not __fish_seen_subcommand_from init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from repair" -f -a "snapshots" -d 'Make snapshots anew without what is lost of them'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from location" -f -a "list" -d 'List locations, what they hold, and whether they can be reached'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from location" -f -a "add" -d 'Add a location; it must be empty'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from location" -f -a "remove" -d 'Move everything from a location to the others and take it out'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from location" -f -a "replace" -d 'Put a location elsewhere, or fill the same place again after it lost everything'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from location" -f -a "promote" -d 'Make a location the primary one'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from repo" -f -a "info" -d 'Show its settings, its locations, and what it survives'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from repo" -f -a "probe" -d 'Try out whether storage keeps what a repository rests on, and how quick it is'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from repo" -f -a "lock" -d 'Lock objects in a bucket of S3 against removal, and extend the locks of what is still needed'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "list" -d 'List key slots'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "add" -d 'Add a key slot with a new password'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "remove" -d 'Remove a key slot; the one in use cannot be removed'
complete -c caddis -n "__fish_caddis_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "passwd" -d 'Change the password: adds a slot, then removes the one in use'
