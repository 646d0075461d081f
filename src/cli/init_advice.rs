//! What size of packs suits how large a repository in an object store, where every object costs a request.
use super::units::{grouped, size};

/// Packs beyond which listings, and requests for each of them, get in the way.
const MANY: u64 = 1 << 20;
/// A large repository.
const LARGE: u64 = 10 << 40;
/// The largest packs there are.
const LARGEST: u64 = 64 << 20;

/// Lines for the end of `init`.
pub fn lines(pack_size: u32, parity: (u8, u8)) -> Vec<String> {
    let pack_size = u64::from(pack_size);
    let suits = round(MANY * pack_size);
    let mut lines = vec![format!("Packs of {} suit repositories up to about {}.", size(pack_size), short(suits))];
    if suits < LARGE {
        let better = better(LARGE);
        lines.push(format!(
            "For {} choose --pack-size {}MiB: about {} objects instead of {}, each of them a request to write and one to check.",
            short(LARGE),
            better >> 20,
            grouped(about(packs(LARGE, better, parity))),
            grouped(about(packs(LARGE, pack_size, parity)))
        ));
    }
    lines
}

/// With parity.
fn packs(bytes: u64, pack_size: u64, (k, m): (u8, u8)) -> u64 {
    let k = u64::from(k.max(1));
    let data = bytes.div_ceil(pack_size);
    data + data.div_ceil(k) * u64::from(m)
}

/// The smallest packs of which so many bytes are not too many.
fn better(bytes: u64) -> u64 {
    let mut pack_size = 1 << 20;
    while bytes / pack_size > MANY && pack_size < LARGEST {
        pack_size *= 2;
    }
    pack_size
}

/// Two digits say enough.
fn about(number: u64) -> u64 {
    let unit = 10u64.pow(number.checked_ilog10().unwrap_or(0).saturating_sub(1));
    (number + unit / 2) / unit * unit
}

/// Down to a power of two.
fn round(bytes: u64) -> u64 {
    1 << bytes.checked_ilog2().unwrap_or(0)
}

/// `256 GiB`, `10 TiB`: whole numbers.
fn short(bytes: u64) -> String {
    if bytes >> 40 > 0 { format!("{} TiB", bytes >> 40) } else { format!("{} GiB", bytes >> 30) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_packs_are_advised_for_what_is_large() {
        assert_eq!(
            lines(1 << 20, (20, 2)),
            [
                "Packs of 1.000 MiB suit repositories up to about 1 TiB.",
                "For 10 TiB choose --pack-size 16MiB: about 720,000 objects instead of 12,000,000, each of them a request to write and one to check."
            ]
        );
        assert_eq!(lines(256 << 10, (1, 0))[0], "Packs of 256.000 KiB suit repositories up to about 256 GiB.");
        assert_eq!(lines(16 << 20, (20, 2)), ["Packs of 16.000 MiB suit repositories up to about 16 TiB."]);
    }

    #[test]
    fn parity_counts() {
        assert_eq!([packs(100 << 20, 1 << 20, (20, 2)), packs(101 << 20, 1 << 20, (20, 2))], [110, 113]);
        assert_eq!(packs(100 << 20, 1 << 20, (1, 0)), 100);
        assert_eq!([0, 7, 99, 720_896, 11_534_336].map(about), [0, 7, 99, 720_000, 12_000_000]);
    }
}
