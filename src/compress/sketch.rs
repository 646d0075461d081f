//! A cheap guess how much of one blob is in others: a sample of its short strings that does not depend on where they are.

/// Length of the strings.
const STRING: usize = 8;
/// One string in so many is sampled, by its hash.
const RATE: u32 = 32;

/// Hashes of the sampled strings of a blob, sorted, each once: at most one for every 32 bytes on average.
#[derive(Clone, Debug, Default)]
pub struct Sketch(Vec<u32>);

/// The sampled strings of a blob in their order: where they are, and their hashes.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<(u32, u32)>);

impl Samples {
    /// Takes about as long as hashing the bytes with a good hash function. A blob has far less than 4 GiB.
    pub fn of(bytes: &[u8]) -> Samples {
        let mut samples = Vec::with_capacity(bytes.len() / RATE as usize * 5 / 4 + 8);
        for (at, string) in bytes.windows(STRING).enumerate() {
            let word = u64::from_le_bytes(string.try_into().expect("windows are of this length"));
            let hash = (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32;
            if hash < u32::MAX / RATE {
                samples.push((at as u32, hash));
            }
        }
        Samples(samples)
    }

    /// Offset and hash of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, u32)> {
        self.0.iter().map(|(at, hash)| (*at as usize, *hash))
    }
}

impl Sketch {
    /// Takes about as long as hashing the bytes with a good hash function twice.
    pub fn of(bytes: &[u8]) -> Sketch {
        Sketch::from(&Samples::of(bytes))
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was sampled: the blob is very short, or repeats itself.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes the strings that `other` has too; returns how many.
    pub fn remove_common(&mut self, other: &Sketch) -> usize {
        let before = self.0.len();
        let mut rest = other.0.iter().peekable();
        self.0.retain(|hash| {
            while rest.next_if(|other| *other < hash).is_some() {}
            rest.peek() != Some(&hash)
        });
        before - self.0.len()
    }
}

impl From<&Samples> for Sketch {
    fn from(samples: &Samples) -> Sketch {
        let mut sketch: Vec<u32> = samples.0.iter().map(|(_, hash)| *hash).collect();
        sketch.sort_unstable();
        sketch.dedup();
        Sketch(sketch)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::compress) fn noise(seed: u8, len: usize) -> Vec<u8> {
        let mut out = vec![0; len];
        blake3::Hasher::new_keyed(&[seed; 32]).finalize_xof().fill(&mut out);
        out
    }

    /// The share of `new` that is in `old`.
    fn share(new: &[u8], old: &[u8]) -> f64 {
        let mut sketch = Sketch::of(new);
        let all = sketch.len();
        sketch.remove_common(&Sketch::of(old)) as f64 / all as f64
    }

    #[test]
    fn tells_how_much_is_shared_wherever_it_is() {
        let old = noise(1, 100_000);
        assert!(share(&noise(2, 100_000), &old) < 0.01);
        assert_eq!(share(&old, &old), 1.0);
        let moved = [&noise(3, 777)[..], &old[30_000..], &noise(4, 29_223)].concat();
        assert!((0.65..0.75).contains(&share(&moved, &old)), "{}", share(&moved, &old));
    }

    #[test]
    fn what_has_no_sample_shares_nothing() {
        assert!(Sketch::of(b"short").is_empty() && Sketch::of(&[]).is_empty());
        assert!(Sketch::of(&[0; 5000]).len() <= 1);
        assert_eq!(Sketch::of(&noise(1, 5000)).remove_common(&Sketch::default()), 0);
    }
}
