//! The parts of a blob that others do not have, copied out.
use super::sketch::Samples;

/// Shorter parts that are new are left where they are.
const NEW: usize = 64;
/// Shorter parts that are shared do not interrupt what is new: text has words in common with any other.
const SHARED: usize = 64;

/// A blob and the samples of it.
pub type Sampled<'a> = (&'a [u8], &'a Samples);

/// What of `blob` is in none of `others`: parts of at least 64 bytes, joined. Finds what is shared wherever it is, if it is longer than some
/// hundred bytes and does not repeat itself. Takes much less time than their samples took.
pub fn novelty((blob, samples): Sampled<'_>, others: &[Sampled<'_>]) -> Vec<u8> {
    let len: usize = others.iter().map(|(other, _)| other.len()).sum();
    // A place for each sampled string; one that takes that of another costs nothing but where a shared part is noticed.
    let mut places = vec![(0, 0); (len / 8).next_power_of_two()];
    let mask = places.len() - 1;
    for (number, (_, samples)) in others.iter().enumerate() {
        for (at, hash) in samples.iter() {
            places[hash as usize & mask] = (number, at);
        }
    }
    let mut novel = Vec::new();
    // Everything before this offset is dealt with.
    let mut done = 0;
    for (at, hash) in samples.iter() {
        if at < done {
            continue;
        }
        let (number, place) = places[hash as usize & mask];
        let Some((other, _)) = others.get(number) else { break };
        let same = |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| pairs.take_while(|(a, b)| a == b).count();
        let behind = same(&mut blob[at..].iter().zip(&other[place..]));
        let before = same(&mut blob[done..at].iter().rev().zip(other[..place].iter().rev()));
        if behind > 0 && before + behind >= SHARED {
            keep(&mut novel, &blob[done..at - before]);
            done = at + behind;
        }
    }
    keep(&mut novel, &blob[done..]);
    novel
}

fn keep(novel: &mut Vec<u8>, part: &[u8]) {
    if part.len() >= NEW {
        novel.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sketch::tests::noise;
    use super::*;

    fn novelty_of(blob: &[u8], others: &[&[u8]]) -> Vec<u8> {
        let samples: Vec<Samples> = others.iter().map(|other| Samples::of(other)).collect();
        let others: Vec<Sampled<'_>> = others.iter().copied().zip(&samples).collect();
        novelty((blob, &Samples::of(blob)), &others)
    }

    #[test]
    fn copies_out_exactly_what_the_others_do_not_have() {
        let (old, new, more) = (noise(1, 100_000), noise(2, 4096), noise(3, 5000));
        let blob = [&old[..30_000], &new, &old[34_096..60_000], &more, &old[60_000..]].concat();
        // Neighbouring bytes are equal by chance, now and then.
        let near = |found: usize, expected: usize| (expected - 4..=expected).contains(&found);
        let found = novelty_of(&blob, &[&old]);
        assert!(near(found.len(), 9096), "{}", found.len());
        let found = novelty_of(&blob, &[&old, &new]);
        assert!(near(found.len(), 5000) && more.windows(found.len()).any(|part| part == found), "{}", found.len());
        assert!(novelty_of(&blob, &[&old, &new, &more]).is_empty());
        assert_eq!(novelty_of(&blob, &[]), blob);
        assert!(novelty_of(&[], &[&old]).is_empty());
    }

    #[test]
    fn short_parts_are_left_alone() {
        let old = noise(1, 50_000);
        let blob = [&old[..20_000], &noise(2, 60), &old[20_060..]].concat();
        assert!(novelty_of(&blob, &[&old]).is_empty());
    }

    #[test]
    fn words_in_common_do_not_interrupt_what_is_new() {
        let text = |seed: u8, len: usize| -> Vec<u8> {
            let numbers = noise(seed, len * 4);
            let lines = numbers.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
            lines.flat_map(|number| format!("{number:010} state of the buffer\n").into_bytes()).take(len).collect()
        };
        let (old, new) = (text(1, 60_000), text(2, 4_000));
        let blob = [&old[..30_000], &new, &old[30_000..]].concat();
        let found = novelty_of(&blob, &[&old]);
        assert!((3_500..=4_000).contains(&found.len()), "{}", found.len());
    }

    #[test]
    fn what_repeats_itself_takes_no_longer() {
        let old = [vec![0; 40], noise(1, 1_000)].concat().repeat(300);
        let blob = [vec![0; 1 << 20], vec![7; 1 << 20], old.clone()].concat();
        let started = std::time::Instant::now();
        let found = novelty_of(&blob, &[&old]);
        assert!(found.len() >= 2 << 20 && found.len() < (2 << 20) + old.len() / 2, "{}", found.len());
        assert!(started.elapsed() < std::time::Duration::from_secs(20));
    }
}
