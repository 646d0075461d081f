//! No bytes make a decoder panic, and what is accepted reads back: arbitrary bytes, and valid ones with changes.
#[path = "decoders/all.rs"]
mod all;
#[path = "decoders/valid.rs"]
mod valid;

use proptest::collection::vec;
use proptest::prelude::*;

/// What is done to valid bytes.
#[derive(Clone, Debug)]
enum Change {
    Set(usize, u8),
    Flip(usize, u8),
    Cut(usize),
    Insert(usize, u8),
    Remove(usize),
    Repeat(usize, usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (any::<usize>(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        any::<usize>().prop_map(Change::Cut),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        any::<usize>().prop_map(Change::Remove),
        (any::<usize>(), 1..40_usize).prop_map(|(at, len)| Change::Repeat(at, len)),
    ];
    vec(change, 1..4)
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let place = |at: usize| at.checked_rem(bytes.len());
    match *change {
        Change::Set(at, byte) => place(at).into_iter().for_each(|at| bytes[at] = byte),
        Change::Flip(at, bit) => place(at).into_iter().for_each(|at| bytes[at] ^= 1 << bit),
        Change::Cut(at) => place(at).into_iter().for_each(|at| bytes.truncate(at)),
        Change::Insert(at, byte) => bytes.insert(at % (bytes.len() + 1), byte),
        Change::Remove(at) => {
            if let Some(at) = place(at) {
                bytes.remove(at);
            }
        }
        Change::Repeat(at, len) => {
            if let Some(at) = place(at) {
                let again = bytes[at..bytes.len().min(at + len)].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
}

#[test]
fn there_are_valid_bytes_for_every_decoder() {
    for (name, decode) in all::ALL {
        let samples = valid::samples(name);
        assert!(!samples.is_empty(), "{name}");
        samples.iter().for_each(|bytes| decode(bytes));
    }
}

/// Inputs that fuzzing starts from.
#[test]
fn the_corpus_is_survived() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for (name, decode) in all::ALL {
        let files: Vec<_> = std::fs::read_dir(corpus.join(name)).expect(name).collect();
        assert!(!files.is_empty(), "{name}");
        for file in files {
            decode(&std::fs::read(file.expect("it is listed").path()).expect("it reads"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes_are_survived(bytes in vec(any::<u8>(), 0..600)) {
        all::ALL.iter().for_each(|(_, decode)| decode(&bytes));
    }

    #[test]
    fn changed_bytes_are_survived(changes in changes(), which: prop::sample::Index) {
        for (name, decode) in all::ALL {
            let samples = valid::samples(name);
            let mut bytes = which.get(&samples).clone();
            changes.iter().for_each(|change| apply(&mut bytes, change));
            decode(&bytes);
        }
    }
}
