_caddis() {
    local i cur prev opts words cmd
    COMPREPLY=()
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        cur="$2"
    else
        cur="${COMP_WORDS[COMP_CWORD]}"
    fi
    prev="$3"
    cmd=""
    opts=""

    for i in "${COMP_WORDS[@]:0:COMP_CWORD}"
    do
        case "${cmd},${i}" in
            ",$1")
                cmd="caddis"
                ;;
            caddis,backup)
                cmd="caddis__subcmd__backup"
                ;;
            caddis,cache)
                cmd="caddis__subcmd__cache"
                ;;
            caddis,cat)
                cmd="caddis__subcmd__cat"
                ;;
            caddis,check)
                cmd="caddis__subcmd__check"
                ;;
            caddis,copy)
                cmd="caddis__subcmd__copy"
                ;;
            caddis,diff)
                cmd="caddis__subcmd__diff"
                ;;
            caddis,du)
                cmd="caddis__subcmd__du"
                ;;
            caddis,dump)
                cmd="caddis__subcmd__dump"
                ;;
            caddis,export)
                cmd="caddis__subcmd__export"
                ;;
            caddis,find)
                cmd="caddis__subcmd__find"
                ;;
            caddis,forget)
                cmd="caddis__subcmd__forget"
                ;;
            caddis,generate)
                cmd="caddis__subcmd__generate"
                ;;
            caddis,help)
                cmd="caddis__subcmd__help"
                ;;
            caddis,history)
                cmd="caddis__subcmd__history"
                ;;
            caddis,import)
                cmd="caddis__subcmd__import"
                ;;
            caddis,init)
                cmd="caddis__subcmd__init"
                ;;
            caddis,key)
                cmd="caddis__subcmd__key"
                ;;
            caddis,kit)
                cmd="caddis__subcmd__kit"
                ;;
            caddis,list)
                cmd="caddis__subcmd__list"
                ;;
            caddis,location)
                cmd="caddis__subcmd__location"
                ;;
            caddis,ls)
                cmd="caddis__subcmd__ls"
                ;;
            caddis,mount)
                cmd="caddis__subcmd__mount"
                ;;
            caddis,protect)
                cmd="caddis__subcmd__protect"
                ;;
            caddis,prune)
                cmd="caddis__subcmd__prune"
                ;;
            caddis,purge)
                cmd="caddis__subcmd__purge"
                ;;
            caddis,recover)
                cmd="caddis__subcmd__recover"
                ;;
            caddis,repair)
                cmd="caddis__subcmd__repair"
                ;;
            caddis,repo)
                cmd="caddis__subcmd__repo"
                ;;
            caddis,restore)
                cmd="caddis__subcmd__restore"
                ;;
            caddis,rewrite)
                cmd="caddis__subcmd__rewrite"
                ;;
            caddis,scrub)
                cmd="caddis__subcmd__scrub"
                ;;
            caddis,snapshots)
                cmd="caddis__subcmd__snapshots"
                ;;
            caddis,stats)
                cmd="caddis__subcmd__stats"
                ;;
            caddis,status)
                cmd="caddis__subcmd__status"
                ;;
            caddis,tag)
                cmd="caddis__subcmd__tag"
                ;;
            caddis,undelete)
                cmd="caddis__subcmd__undelete"
                ;;
            caddis,unprotect)
                cmd="caddis__subcmd__unprotect"
                ;;
            caddis,version)
                cmd="caddis__subcmd__version"
                ;;
            caddis,why)
                cmd="caddis__subcmd__why"
                ;;
            caddis__subcmd__help,backup)
                cmd="caddis__subcmd__help__subcmd__backup"
                ;;
            caddis__subcmd__help,cache)
                cmd="caddis__subcmd__help__subcmd__cache"
                ;;
            caddis__subcmd__help,cat)
                cmd="caddis__subcmd__help__subcmd__cat"
                ;;
            caddis__subcmd__help,check)
                cmd="caddis__subcmd__help__subcmd__check"
                ;;
            caddis__subcmd__help,copy)
                cmd="caddis__subcmd__help__subcmd__copy"
                ;;
            caddis__subcmd__help,diff)
                cmd="caddis__subcmd__help__subcmd__diff"
                ;;
            caddis__subcmd__help,du)
                cmd="caddis__subcmd__help__subcmd__du"
                ;;
            caddis__subcmd__help,dump)
                cmd="caddis__subcmd__help__subcmd__dump"
                ;;
            caddis__subcmd__help,export)
                cmd="caddis__subcmd__help__subcmd__export"
                ;;
            caddis__subcmd__help,find)
                cmd="caddis__subcmd__help__subcmd__find"
                ;;
            caddis__subcmd__help,forget)
                cmd="caddis__subcmd__help__subcmd__forget"
                ;;
            caddis__subcmd__help,generate)
                cmd="caddis__subcmd__help__subcmd__generate"
                ;;
            caddis__subcmd__help,help)
                cmd="caddis__subcmd__help__subcmd__help"
                ;;
            caddis__subcmd__help,history)
                cmd="caddis__subcmd__help__subcmd__history"
                ;;
            caddis__subcmd__help,import)
                cmd="caddis__subcmd__help__subcmd__import"
                ;;
            caddis__subcmd__help,init)
                cmd="caddis__subcmd__help__subcmd__init"
                ;;
            caddis__subcmd__help,key)
                cmd="caddis__subcmd__help__subcmd__key"
                ;;
            caddis__subcmd__help,kit)
                cmd="caddis__subcmd__help__subcmd__kit"
                ;;
            caddis__subcmd__help,list)
                cmd="caddis__subcmd__help__subcmd__list"
                ;;
            caddis__subcmd__help,location)
                cmd="caddis__subcmd__help__subcmd__location"
                ;;
            caddis__subcmd__help,ls)
                cmd="caddis__subcmd__help__subcmd__ls"
                ;;
            caddis__subcmd__help,mount)
                cmd="caddis__subcmd__help__subcmd__mount"
                ;;
            caddis__subcmd__help,protect)
                cmd="caddis__subcmd__help__subcmd__protect"
                ;;
            caddis__subcmd__help,prune)
                cmd="caddis__subcmd__help__subcmd__prune"
                ;;
            caddis__subcmd__help,purge)
                cmd="caddis__subcmd__help__subcmd__purge"
                ;;
            caddis__subcmd__help,recover)
                cmd="caddis__subcmd__help__subcmd__recover"
                ;;
            caddis__subcmd__help,repair)
                cmd="caddis__subcmd__help__subcmd__repair"
                ;;
            caddis__subcmd__help,repo)
                cmd="caddis__subcmd__help__subcmd__repo"
                ;;
            caddis__subcmd__help,restore)
                cmd="caddis__subcmd__help__subcmd__restore"
                ;;
            caddis__subcmd__help,rewrite)
                cmd="caddis__subcmd__help__subcmd__rewrite"
                ;;
            caddis__subcmd__help,scrub)
                cmd="caddis__subcmd__help__subcmd__scrub"
                ;;
            caddis__subcmd__help,snapshots)
                cmd="caddis__subcmd__help__subcmd__snapshots"
                ;;
            caddis__subcmd__help,stats)
                cmd="caddis__subcmd__help__subcmd__stats"
                ;;
            caddis__subcmd__help,status)
                cmd="caddis__subcmd__help__subcmd__status"
                ;;
            caddis__subcmd__help,tag)
                cmd="caddis__subcmd__help__subcmd__tag"
                ;;
            caddis__subcmd__help,undelete)
                cmd="caddis__subcmd__help__subcmd__undelete"
                ;;
            caddis__subcmd__help,unprotect)
                cmd="caddis__subcmd__help__subcmd__unprotect"
                ;;
            caddis__subcmd__help,version)
                cmd="caddis__subcmd__help__subcmd__version"
                ;;
            caddis__subcmd__help,why)
                cmd="caddis__subcmd__help__subcmd__why"
                ;;
            caddis__subcmd__help__subcmd__key,add)
                cmd="caddis__subcmd__help__subcmd__key__subcmd__add"
                ;;
            caddis__subcmd__help__subcmd__key,list)
                cmd="caddis__subcmd__help__subcmd__key__subcmd__list"
                ;;
            caddis__subcmd__help__subcmd__key,passwd)
                cmd="caddis__subcmd__help__subcmd__key__subcmd__passwd"
                ;;
            caddis__subcmd__help__subcmd__key,remove)
                cmd="caddis__subcmd__help__subcmd__key__subcmd__remove"
                ;;
            caddis__subcmd__help__subcmd__location,add)
                cmd="caddis__subcmd__help__subcmd__location__subcmd__add"
                ;;
            caddis__subcmd__help__subcmd__location,list)
                cmd="caddis__subcmd__help__subcmd__location__subcmd__list"
                ;;
            caddis__subcmd__help__subcmd__location,promote)
                cmd="caddis__subcmd__help__subcmd__location__subcmd__promote"
                ;;
            caddis__subcmd__help__subcmd__location,remove)
                cmd="caddis__subcmd__help__subcmd__location__subcmd__remove"
                ;;
            caddis__subcmd__help__subcmd__location,replace)
                cmd="caddis__subcmd__help__subcmd__location__subcmd__replace"
                ;;
            caddis__subcmd__help__subcmd__repair,snapshots)
                cmd="caddis__subcmd__help__subcmd__repair__subcmd__snapshots"
                ;;
            caddis__subcmd__help__subcmd__repo,info)
                cmd="caddis__subcmd__help__subcmd__repo__subcmd__info"
                ;;
            caddis__subcmd__help__subcmd__repo,lock)
                cmd="caddis__subcmd__help__subcmd__repo__subcmd__lock"
                ;;
            caddis__subcmd__help__subcmd__repo,probe)
                cmd="caddis__subcmd__help__subcmd__repo__subcmd__probe"
                ;;
            caddis__subcmd__key,add)
                cmd="caddis__subcmd__key__subcmd__add"
                ;;
            caddis__subcmd__key,list)
                cmd="caddis__subcmd__key__subcmd__list"
                ;;
            caddis__subcmd__key,passwd)
                cmd="caddis__subcmd__key__subcmd__passwd"
                ;;
            caddis__subcmd__key,remove)
                cmd="caddis__subcmd__key__subcmd__remove"
                ;;
            caddis__subcmd__location,add)
                cmd="caddis__subcmd__location__subcmd__add"
                ;;
            caddis__subcmd__location,list)
                cmd="caddis__subcmd__location__subcmd__list"
                ;;
            caddis__subcmd__location,promote)
                cmd="caddis__subcmd__location__subcmd__promote"
                ;;
            caddis__subcmd__location,remove)
                cmd="caddis__subcmd__location__subcmd__remove"
                ;;
            caddis__subcmd__location,replace)
                cmd="caddis__subcmd__location__subcmd__replace"
                ;;
            caddis__subcmd__repair,snapshots)
                cmd="caddis__subcmd__repair__subcmd__snapshots"
                ;;
            caddis__subcmd__repo,info)
                cmd="caddis__subcmd__repo__subcmd__info"
                ;;
            caddis__subcmd__repo,lock)
                cmd="caddis__subcmd__repo__subcmd__lock"
                ;;
            caddis__subcmd__repo,probe)
                cmd="caddis__subcmd__repo__subcmd__probe"
                ;;
            *)
                ;;
        esac
    done

    case "${cmd}" in
        caddis)
            opts="-r -p -q -v -o -h -V --repo --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --option --cacert --tls-client-cert --insecure-tls --http-user-agent --at --limit-upload --limit-download --help --version"
            words="init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help"
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__backup)
            opts="-g -f -n -e -x -H -r -o -p -q -v -h --init --compression --delta --read-concurrency --no-extra-verify --no-scan --parent --group-by --force --skip-if-unchanged --dry-run --detect-bitrot --ignore-ctime --ignore-inode --files-from --files-from-verbatim --files-from-raw --stdin --stdin-filename --stdin-from-command --command --as-path --exclude --iexclude --exclude-file --iexclude-file --exclude-if-present --exclude-caches --exclude-larger-than --git-ignore --one-file-system --read-special --with-atime --tag --label --host --time --description --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --compression)
                    COMPREPLY=()
                    return 0
                    ;;
                --delta)
                    COMPREPLY=()
                    return 0
                    ;;
                --read-concurrency)
                    COMPREPLY=()
                    return 0
                    ;;
                --parent)
                    COMPREPLY=()
                    return 0
                    ;;
                --group-by)
                    COMPREPLY=()
                    return 0
                    ;;
                -g)
                    COMPREPLY=()
                    return 0
                    ;;
                --files-from)
                    COMPREPLY=()
                    return 0
                    ;;
                --files-from-verbatim)
                    COMPREPLY=()
                    return 0
                    ;;
                --files-from-raw)
                    COMPREPLY=()
                    return 0
                    ;;
                --stdin-filename)
                    COMPREPLY=()
                    return 0
                    ;;
                --command)
                    COMPREPLY=()
                    return 0
                    ;;
                --as-path)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude)
                    COMPREPLY=()
                    return 0
                    ;;
                -e)
                    COMPREPLY=()
                    return 0
                    ;;
                --iexclude)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --iexclude-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude-if-present)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude-larger-than)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --time)
                    COMPREPLY=()
                    return 0
                    ;;
                --description)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__cache)
            opts="-n -r -o -p -q -v -h --cleanup --max-age --clear --memory --dry-run --no-size --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --max-age)
                    COMPREPLY=()
                    return 0
                    ;;
                --clear)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__cat)
            opts="-r -o -p -q -v -h --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words="config snapshot index pack blob tree key"
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__check)
            opts="-H -r -o -p -q -v -h --read-data --read-data-subset --older-than --max-duration --with-cache --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --read-data-subset)
                    COMPREPLY=()
                    return 0
                    ;;
                --older-than)
                    COMPREPLY=()
                    return 0
                    ;;
                --max-duration)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__copy)
            opts="-n -H -r -o -p -q -v -h --dry-run --compression --no-extra-verify --from-repo --from-repository-file --from-password-file --from-password-command --from-insecure-no-password --from-key-hint --to --to-password-file --to-password-command --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --compression)
                    COMPREPLY=()
                    return 0
                    ;;
                --from-repo)
                    COMPREPLY=()
                    return 0
                    ;;
                --from-repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --from-password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --from-password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --from-key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --to)
                    COMPREPLY=()
                    return 0
                    ;;
                --to-password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --to-password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__diff)
            opts="-x -e -H -r -o -p -q -v -h --metadata --read-all --no-content --one-file-system --exclude --iexclude --exclude-file --iexclude-file --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --exclude)
                    COMPREPLY=()
                    return 0
                    ;;
                -e)
                    COMPREPLY=()
                    return 0
                    ;;
                --iexclude)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --iexclude-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__du)
            opts="-g -d -H -r -o -p -q -v -h --group-by --depth --beneath --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --group-by)
                    COMPREPLY=()
                    return 0
                    ;;
                -g)
                    COMPREPLY=()
                    return 0
                    ;;
                --depth)
                    COMPREPLY=()
                    return 0
                    ;;
                -d)
                    COMPREPLY=()
                    return 0
                    ;;
                --beneath)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__dump)
            opts="-a -t -H -r -o -p -q -v -h --archive --target --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --archive)
                    COMPREPLY=($(compgen -W "tar zip" -- "${cur}"))
                    return 0
                    ;;
                -a)
                    COMPREPLY=($(compgen -W "tar zip" -- "${cur}"))
                    return 0
                    ;;
                --target)
                    COMPREPLY=()
                    return 0
                    ;;
                -t)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__export)
            opts="-t -H -r -o -p -q -v -h --target --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --target)
                    COMPREPLY=()
                    return 0
                    ;;
                -t)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__find)
            opts="-i -O -N -l -R -s -H -r -o -p -q -v -h --ignore-case --oldest --newest --size --type --blob --tree --pack --show-pack-id --long --human-readable --reverse --snapshot --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --oldest)
                    COMPREPLY=()
                    return 0
                    ;;
                -O)
                    COMPREPLY=()
                    return 0
                    ;;
                --newest)
                    COMPREPLY=()
                    return 0
                    ;;
                -N)
                    COMPREPLY=()
                    return 0
                    ;;
                --size)
                    COMPREPLY=()
                    return 0
                    ;;
                --type)
                    COMPREPLY=($(compgen -W "f d l p s c b" -- "${cur}"))
                    return 0
                    ;;
                --snapshot)
                    COMPREPLY=()
                    return 0
                    ;;
                -s)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__forget)
            opts="-g -n -c -l -H -d -w -m -y -r -o -p -q -v -h --group-by --dry-run --simulate-at --prune --compact --unsafe-allow-remove-all --keep-last --keep-hourly --keep-daily --keep-weekly --keep-monthly --keep-yearly --keep-within --keep-within-hourly --keep-within-daily --keep-within-weekly --keep-within-monthly --keep-within-yearly --keep-tag --keep-id --tag --label --path --max-unused --max-repack-size --max-rewrite --host --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --group-by)
                    COMPREPLY=()
                    return 0
                    ;;
                -g)
                    COMPREPLY=()
                    return 0
                    ;;
                --simulate-at)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-last)
                    COMPREPLY=()
                    return 0
                    ;;
                -l)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-hourly)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-daily)
                    COMPREPLY=()
                    return 0
                    ;;
                -d)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-weekly)
                    COMPREPLY=()
                    return 0
                    ;;
                -w)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-monthly)
                    COMPREPLY=()
                    return 0
                    ;;
                -m)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-yearly)
                    COMPREPLY=()
                    return 0
                    ;;
                -y)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-within)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-within-hourly)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-within-daily)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-within-weekly)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-within-monthly)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-within-yearly)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --keep-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --max-unused)
                    COMPREPLY=()
                    return 0
                    ;;
                --max-repack-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --max-rewrite)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__generate)
            opts="-r -o -p -q -v -h --man --bash-completion --zsh-completion --fish-completion --powershell-completion --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --man)
                    COMPREPLY=()
                    return 0
                    ;;
                --bash-completion)
                    COMPREPLY=()
                    return 0
                    ;;
                --zsh-completion)
                    COMPREPLY=()
                    return 0
                    ;;
                --fish-completion)
                    COMPREPLY=()
                    return 0
                    ;;
                --powershell-completion)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help)
            opts=""
            words="init backup why import restore copy snapshots undelete protect unprotect tag rewrite purge status ls find history diff dump export mount stats du cat list prune check repair recover scrub location repo key kit cache generate version forget help"
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__backup)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__cache)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__cat)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__check)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__copy)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__diff)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__du)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__dump)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__export)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__find)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__forget)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__generate)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__help)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__history)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__import)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__init)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__key)
            opts=""
            words="list add remove passwd"
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__key__subcmd__add)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__key__subcmd__list)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__key__subcmd__passwd)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__key__subcmd__remove)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__kit)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__list)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__location)
            opts=""
            words="list add remove replace promote"
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__location__subcmd__add)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__location__subcmd__list)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__location__subcmd__promote)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__location__subcmd__remove)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__location__subcmd__replace)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__ls)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__mount)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__protect)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__prune)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__purge)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__recover)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__repair)
            opts=""
            words="snapshots"
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__repair__subcmd__snapshots)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__repo)
            opts=""
            words="info probe lock"
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__repo__subcmd__info)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__repo__subcmd__lock)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__repo__subcmd__probe)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__restore)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__rewrite)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__scrub)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__snapshots)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__stats)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__status)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__tag)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__undelete)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__unprotect)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__version)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__help__subcmd__why)
            opts=""
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__history)
            opts="-H -r -o -p -q -v -h --content --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__import)
            opts="-n -H -r -o -p -q -v -h --as-path --skip-if-unchanged --dry-run --compression --tag --label --host --time --description --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --as-path)
                    COMPREPLY=()
                    return 0
                    ;;
                --compression)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --time)
                    COMPREPLY=()
                    return 0
                    ;;
                --description)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__init)
            opts="-r -o -p -q -v -h --location --pack-size --parity --chunker --compression --delta --inline-limit --kdf-log-n --single-writer --from-repo --from-repository-file --from-password-file --from-password-command --from-insecure-no-password --from-key-hint --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --location)
                    COMPREPLY=()
                    return 0
                    ;;
                --pack-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --parity)
                    COMPREPLY=()
                    return 0
                    ;;
                --chunker)
                    COMPREPLY=()
                    return 0
                    ;;
                --compression)
                    COMPREPLY=()
                    return 0
                    ;;
                --delta)
                    COMPREPLY=()
                    return 0
                    ;;
                --inline-limit)
                    COMPREPLY=()
                    return 0
                    ;;
                --kdf-log-n)
                    COMPREPLY=()
                    return 0
                    ;;
                --from-repo)
                    COMPREPLY=()
                    return 0
                    ;;
                --from-repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --from-password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --from-password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --from-key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__key)
            opts="-r -o -p -q -v -h --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words="list add remove passwd"
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__key__subcmd__add)
            opts="-r -o -p -q -v -h --new-password-file --new-password-command --new-insecure-no-password --host --user --label --kdf-log-n --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --new-password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --new-password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                --user)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --kdf-log-n)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__key__subcmd__list)
            opts="-r -o -p -q -v -h --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__key__subcmd__passwd)
            opts="-r -o -p -q -v -h --new-password-file --new-password-command --new-insecure-no-password --host --user --label --kdf-log-n --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --new-password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --new-password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                --user)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --kdf-log-n)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__key__subcmd__remove)
            opts="-r -o -p -q -v -h --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__kit)
            opts="-r -o -p -q -v -h --output --text --with-password --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --output)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__list)
            opts="-r -o -p -q -v -h --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words="snapshots packs index keys blobs locks"
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__location)
            opts="-r -o -p -q -v -h --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words="list add remove replace promote"
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__location__subcmd__add)
            opts="-r -o -p -q -v -h --rebalance --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__location__subcmd__list)
            opts="-r -o -p -q -v -h --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__location__subcmd__promote)
            opts="-r -o -p -q -v -h --primary-is-gone --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__location__subcmd__remove)
            opts="-r -o -p -q -v -h --is-gone --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__location__subcmd__replace)
            opts="-r -o -p -q -v -h --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__ls)
            opts="-l -R -s -H -r -o -p -q -v -h --long --recursive --human-readable --sort --reverse --ncdu --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --sort)
                    COMPREPLY=($(compgen -W "name size mtime ctime extension" -- "${cur}"))
                    return 0
                    ;;
                -s)
                    COMPREPLY=($(compgen -W "name size mtime ctime extension" -- "${cur}"))
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__mount)
            opts="-H -r -o -p -q -v -h --allow-other --no-default-permissions --owner-root --path-template --time-template --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --path-template)
                    COMPREPLY=()
                    return 0
                    ;;
                --time-template)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__protect)
            opts="-H -r -o -p -q -v -h --until --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --until)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__prune)
            opts="-n -r -o -p -q -v -h --max-unused --max-repack-size --max-rewrite --dry-run --delete-only --stale-after --wait --accept-unexplained --wipe --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --max-unused)
                    COMPREPLY=()
                    return 0
                    ;;
                --max-repack-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --max-rewrite)
                    COMPREPLY=()
                    return 0
                    ;;
                --stale-after)
                    COMPREPLY=()
                    return 0
                    ;;
                --wait)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__purge)
            opts="-n -H -r -o -p -q -v -h --even-protected --dry-run --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__recover)
            opts="-n -r -o -p -q -v -h --dry-run --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__repair)
            opts="-n -r -o -p -q -v -h --dry-run --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words="packs index replicas locations snapshots"
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__repair__subcmd__snapshots)
            opts="-n -H -r -o -p -q -v -h --dry-run --forget --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__repo)
            opts="-r -o -p -q -v -h --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words="info probe lock"
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__repo__subcmd__info)
            opts="-r -o -p -q -v -h --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__repo__subcmd__lock)
            opts="-n -r -o -p -q -v -h --location --dry-run --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --location)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__repo__subcmd__probe)
            opts="-r -o -p -q -v -h --size --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --size)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__restore)
            opts="-t -n -i -e -H -r -o -p -q -v -h --target --to-command --to-device --overwrite --delete --dry-run --verify --sparse --heal --report-healed --include --iinclude --include-file --iinclude-file --exclude --iexclude --exclude-file --iexclude-file --ownership-by-name --numeric-ids --no-ownership --uid-map --gid-map --include-xattr --exclude-xattr --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --target)
                    COMPREPLY=()
                    return 0
                    ;;
                -t)
                    COMPREPLY=()
                    return 0
                    ;;
                --to-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --to-device)
                    COMPREPLY=()
                    return 0
                    ;;
                --overwrite)
                    COMPREPLY=($(compgen -W "always if-changed if-newer never" -- "${cur}"))
                    return 0
                    ;;
                --include)
                    COMPREPLY=()
                    return 0
                    ;;
                -i)
                    COMPREPLY=()
                    return 0
                    ;;
                --iinclude)
                    COMPREPLY=()
                    return 0
                    ;;
                --include-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --iinclude-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude)
                    COMPREPLY=()
                    return 0
                    ;;
                -e)
                    COMPREPLY=()
                    return 0
                    ;;
                --iexclude)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --iexclude-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --uid-map)
                    COMPREPLY=()
                    return 0
                    ;;
                --gid-map)
                    COMPREPLY=()
                    return 0
                    ;;
                --include-xattr)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude-xattr)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__rewrite)
            opts="-s -n -e -i -H -r -o -p -q -v -h --new-host --new-time --new-label --snapshot-summary --forget --even-protected --dry-run --exclude --iexclude --exclude-file --iexclude-file --include --iinclude --include-file --iinclude-file --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --new-host)
                    COMPREPLY=()
                    return 0
                    ;;
                --new-time)
                    COMPREPLY=()
                    return 0
                    ;;
                --new-label)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude)
                    COMPREPLY=()
                    return 0
                    ;;
                -e)
                    COMPREPLY=()
                    return 0
                    ;;
                --iexclude)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --iexclude-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --include)
                    COMPREPLY=()
                    return 0
                    ;;
                -i)
                    COMPREPLY=()
                    return 0
                    ;;
                --iinclude)
                    COMPREPLY=()
                    return 0
                    ;;
                --include-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --iinclude-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__scrub)
            opts="-r -o -p -q -v -h --repair --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__snapshots)
            opts="-g -c -H -r -o -p -q -v -h --group-by --latest --compact --deleted --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --group-by)
                    COMPREPLY=()
                    return 0
                    ;;
                -g)
                    COMPREPLY=()
                    return 0
                    ;;
                --latest)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__stats)
            opts="-H -r -o -p -q -v -h --mode --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --mode)
                    COMPREPLY=($(compgen -W "restore-size files-by-contents blobs-per-file raw-data repository" -- "${cur}"))
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__status)
            opts="-H -r -o -p -q -v -h --max-age --ended-after --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --max-age)
                    COMPREPLY=()
                    return 0
                    ;;
                --ended-after)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__tag)
            opts="-H -r -o -p -q -v -h --add --remove --set --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --add)
                    COMPREPLY=()
                    return 0
                    ;;
                --remove)
                    COMPREPLY=()
                    return 0
                    ;;
                --set)
                    COMPREPLY=()
                    return 0
                    ;;
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__undelete)
            opts="-r -o -p -q -v -h --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__unprotect)
            opts="-H -r -o -p -q -v -h --host --tag --label --path --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --host)
                    COMPREPLY=()
                    return 0
                    ;;
                -H)
                    COMPREPLY=()
                    return 0
                    ;;
                --tag)
                    COMPREPLY=()
                    return 0
                    ;;
                --label)
                    COMPREPLY=()
                    return 0
                    ;;
                --path)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__version)
            opts="-r -o -p -q -v -h --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
        caddis__subcmd__why)
            opts="-e -x -r -o -p -q -v -h --files-from --files-from-verbatim --files-from-raw --stdin --stdin-filename --stdin-from-command --command --as-path --exclude --iexclude --exclude-file --iexclude-file --exclude-if-present --exclude-caches --exclude-larger-than --git-ignore --one-file-system --repo --option --at --repository-file --password-file --password-command --password-fd --insecure-no-password --key-hint --cache-dir --cache-size --no-cache --cleanup-cache --accept-rollback --quiet --verbose --json --cacert --tls-client-cert --insecure-tls --http-user-agent --limit-upload --limit-download --help"
            words=""
            if [[ ${cur} == -* ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --files-from)
                    COMPREPLY=()
                    return 0
                    ;;
                --files-from-verbatim)
                    COMPREPLY=()
                    return 0
                    ;;
                --files-from-raw)
                    COMPREPLY=()
                    return 0
                    ;;
                --stdin-filename)
                    COMPREPLY=()
                    return 0
                    ;;
                --command)
                    COMPREPLY=()
                    return 0
                    ;;
                --as-path)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude)
                    COMPREPLY=()
                    return 0
                    ;;
                -e)
                    COMPREPLY=()
                    return 0
                    ;;
                --iexclude)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --iexclude-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude-if-present)
                    COMPREPLY=()
                    return 0
                    ;;
                --exclude-larger-than)
                    COMPREPLY=()
                    return 0
                    ;;
                --repo)
                    COMPREPLY=()
                    return 0
                    ;;
                -r)
                    COMPREPLY=()
                    return 0
                    ;;
                --option)
                    COMPREPLY=()
                    return 0
                    ;;
                -o)
                    COMPREPLY=()
                    return 0
                    ;;
                --at)
                    COMPREPLY=()
                    return 0
                    ;;
                --repository-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-file)
                    COMPREPLY=()
                    return 0
                    ;;
                -p)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-command)
                    COMPREPLY=()
                    return 0
                    ;;
                --password-fd)
                    COMPREPLY=()
                    return 0
                    ;;
                --key-hint)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-dir)
                    COMPREPLY=()
                    return 0
                    ;;
                --cache-size)
                    COMPREPLY=()
                    return 0
                    ;;
                --cacert)
                    COMPREPLY=()
                    return 0
                    ;;
                --tls-client-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --http-user-agent)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-upload)
                    COMPREPLY=()
                    return 0
                    ;;
                --limit-download)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${words}" -- "${cur}") )
            return 0
            ;;
    esac
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _caddis -o nosort -o bashdefault -o default caddis
else
    complete -F _caddis -o bashdefault -o default caddis
fi
