//! Completions and man pages: those that are kept with the sources are what the program writes, and shells take them.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::testenv::TestEnv;

/// Content by name, of the files of a folder.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name = |entry: &fs::DirEntry| entry.file_name().into_string().expect("plain");
    entries.flatten().map(|entry| (name(&entry), fs::read_to_string(entry.path()).expect("text"))).collect()
}

#[test]
fn what_is_kept_is_what_the_program_writes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let env = TestEnv::new();
    fs::create_dir(env.path("completions")).expect("new");
    let script = "$CADDIS generate --man man --bash-completion completions/caddis.bash --zsh-completion completions/_caddis \
                  --fish-completion completions/caddis.fish --powershell-completion completions/_caddis.ps1";
    env.shell(script).ok().has("wrote ");
    for folder in ["completions", "man"] {
        let (kept, written) = (files(&root.join(folder)), files(&env.path(folder)));
        assert!(folder != "man" || written.values().all(|page| page.is_ascii()), "groff takes nothing else as it is");
        assert!(kept.keys().eq(written.keys()), "{folder} has other files than it should: run tests/refresh");
        let stale: Vec<_> = kept.iter().filter(|(name, text)| written[*name] != **text).map(|(name, _)| name).collect();
        assert!(stale.is_empty(), "{folder}: {stale:?} are not up to date: run tests/refresh");
    }
}

#[test]
fn bash_completes_commands_options_and_values() {
    let env = TestEnv::new();
    env.run(["generate", "--bash-completion", "caddis.bash"]).ok();
    let complete = |words: &str| {
        let script = format!(
            "set -u; source caddis.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             COMP_LINE='{words}'; COMPREPLY=(); _caddis caddis \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        env.shell(&script).ok().stdout.trim().to_owned()
    };
    assert_eq!(complete("caddis snapsh"), "snapshots");
    assert_eq!(complete("caddis backup --exclude-l"), "--exclude-larger-than");
    assert_eq!(complete("caddis stats --mode r"), "restore-size raw-data repository");
    assert!(complete("caddis key p").contains("passwd"));
    // What is only there for scripts is not offered.
    assert_eq!(complete("caddis unl"), "");
    // Options are offered behind a - only; where there is no reply, bash takes files.
    assert_eq!(complete("caddis backup ''"), "");
    assert_eq!(complete("caddis backup a ''"), "");
    assert_eq!(complete("caddis list ''"), "snapshots packs index keys blobs locks");
    assert_eq!(complete("caddis key ''"), "list add remove passwd");
    assert!(complete("caddis ''").contains("init backup") && !complete("caddis ''").contains(" -"));
    assert!(complete("caddis backup -").contains("--exclude") && complete("caddis -").contains("--json"));
}

#[test]
fn bash_offers_files_where_files_are_meant() {
    let env = TestEnv::new();
    env.run(["generate", "--bash-completion", "caddis.bash"]).ok();
    env.file("some-file", "");
    // What somebody types, on a terminal.
    let script = r#"cp caddis.bash rc; printf 'PS1=; bind "set bell-style none"\n' >> rc
        { sleep 0.5; printf 'echo [caddis backup som\t]\n' | sed 's/echo \[//; s/\]//'; sleep 0.5; printf 'exit\n'; sleep 0.3; } |
        TERM=dumb script --quiet --return --command 'bash --noprofile --rcfile rc -i' /dev/null 2>&1 || true"#;
    env.shell(script).has("caddis backup some-file");
}

#[test]
fn zsh_and_fish_complete_commands() {
    let env = TestEnv::new();
    env.shell("$CADDIS generate --zsh-completion _caddis --fish-completion caddis.fish").ok();
    let asked: [(&str, &[&str], &str, &str); 2] = [
        (
            "zsh",
            &["-f", "-c"],
            "autoload -Uz compinit && compinit -u -D && source ./_caddis && print -r -- $_comps[caddis] $+functions[_caddis]",
            "_caddis 1",
        ),
        (
            "fish",
            &["--no-config", "-c"],
            "source caddis.fish; complete -C 'caddis snapsh'",
            "snapshots\tList snapshots",
        ),
    ];
    for (program, args, script, expected) in asked {
        match Command::new(program).args(args).arg(script).current_dir(env.path("")).env("HOME", env.path("")).output()
        {
            Err(_) => println!("skipped: there is no {program} on this machine"),
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stdout);
                assert!(said.contains(expected) && output.stderr.is_empty(), "{program}: {output:?}");
            }
        }
    }
}

#[test]
fn other_shells_and_man_take_what_is_written() {
    let env = TestEnv::new();
    let script = "$CADDIS generate --man man --zsh-completion _caddis --fish-completion caddis.fish --bash-completion caddis.bash";
    env.shell(script).ok();
    // Shells that are not on this machine cannot be asked.
    let checks: [(&str, &[&str]); 4] = [
        ("bash", &["-n", "caddis.bash"]),
        ("zsh", &["-n", "_caddis"]),
        ("fish", &["--no-execute", "caddis.fish"]),
        ("groff", &["-man", "-K", "utf8", "-ww", "-T", "utf8", "-z", "man/caddis-backup.1", "man/caddis.1"]),
    ];
    for (program, args) in checks {
        match Command::new(program).args(args).current_dir(env.path("")).output() {
            Err(_) => println!("skipped: there is no {program} on this machine"),
            Ok(output) => {
                assert!(output.status.success() && output.stderr.is_empty(), "{program}: {output:?}");
            }
        }
    }
    let page = fs::read_to_string(env.path("man/caddis-key-add.1")).expect("a page");
    assert!(page.contains(".SH NAME\ncaddis\\-key\\-add \\- Add a key slot"), "{page}");
}

#[test]
fn completions_can_go_to_standard_output() {
    let env = TestEnv::new();
    env.run(["generate", "--fish-completion", "-"]).ok().has("complete -c caddis").has_not("wrote ");
    env.run(["--json", "generate", "--fish-completion", "-"]).expect(2);
    env.run(["generate"]).expect(2).complains("--man");
    env.run(["generate", "--zsh-completion", "no/such/folder/x"]).expect(1).complains("no/such/folder/x");
}

#[test]
fn completions_that_ask_the_repository_know_its_snapshots() {
    let env = TestEnv::ready();
    env.backup(&["--host", "web1", "--tag", "daily,keep", "--label", "home"]);
    // What a shell would run, or a terminal act on.
    env.run(["tag", "--add", "$(touch ran)", "--add", "a b", "--add", "x\u{1b}[31m"]).ok();
    let id = env.snapshots(&[])[0]["short_id"].as_str().expect("an id").to_owned();
    let complete = |words: &str| {
        // Under the name by which the script calls it.
        let script = format!(
            "mkdir -p bin; ln -sf $CADDIS bin/caddis; PATH=$PWD/bin:$PATH; source <(CADDIS_COMPLETE=bash caddis); COMP_WORDS=({words}); \
             COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_TYPE=9; COMPREPLY=(); \
             _clap_complete_caddis caddis \"${{COMP_WORDS[-1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let run = env.shell(&script).ok();
        assert_eq!(run.stderr, "", "{words}");
        run.stdout.trim().to_owned()
    };
    assert_eq!(complete("caddis restore ''"), format!("latest {id} @home"));
    assert_eq!(complete("caddis diff latest @"), "@home");
    assert_eq!(complete("caddis snapshots --host ''"), "web1");
    assert_eq!(complete("caddis forget --tag=d"), "--tag=daily");
    assert_eq!(complete("caddis forget --tag ''"), "daily keep");
    assert_eq!(complete("caddis -r nowhere ls l"), "latest");
    assert_eq!(complete("caddis backup ''"), "", "files are the shell's business");
    assert!(complete("caddis backup --exclude-l").contains("--exclude-larger-than"));
    // What is being typed is not run, and nobody is asked for a password.
    let script =
        "CADDIS_PASSWORD= CADDIS_COMPLETE=fish $CADDIS -- caddis --password-command 'touch ran; echo secret' ls ''; ls";
    env.shell(script).ok().has("latest\tthe newest").has_not(&id).has_not("ran");
}
