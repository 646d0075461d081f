//! Sizes and durations as people write and read them.
use std::time::Duration;

use caddis::monitor::counted;

/// Parses `1048576`, `5M`, `5MiB`, `1.5GiB`, `512 KiB`. Units are powers of 1,024, as in restic.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(format!("{text:?} is not a size; write bytes or 512KiB, 5MiB, 1.5GiB")),
    };
    let factor = 1u64 << shift;
    let bad = || format!("{text:?} is not a size; write bytes or 512KiB, 5MiB, 1.5GiB");
    let too_large = || format!("{text:?} is larger than any size can be");
    if number.contains('.') {
        if shift == 0 {
            return Err(bad());
        }
        let value: f64 = number.parse().map_err(|_| bad())?;
        let bytes = value * factor as f64;
        // 2^63 is exact in f64 and far beyond any file.
        return if bytes < 9.2e18 { Ok(bytes.round() as u64) } else { Err(too_large()) };
    }
    if number.is_empty() {
        return Err(bad());
    }
    number.parse::<u64>().ok().and_then(|value| value.checked_mul(factor)).ok_or_else(too_large)
}

/// The same for values that have to fit 32 bits.
pub fn parse_size_u32(text: &str) -> Result<u32, String> {
    parse_size(text)?.try_into().map_err(|_| format!("{text:?} is too large here"))
}

/// `0 B`, `1023 B`, `1.500 KiB`, `12.250 MiB`: three decimals as restic prints them.
pub fn size(bytes: u64) -> String {
    const UNITS: [(&str, u32); 4] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    match UNITS.iter().find(|(_, shift)| bytes >> shift > 0) {
        Some((unit, shift)) => format!("{:.3} {unit}", bytes as f64 / (1u64 << shift) as f64),
        None => format!("{bytes} B"),
    }
}

/// `0 snapshots`, `1 snapshot`, `2 entries`: the plurals of everything that is printed.
pub fn count(number: impl TryInto<u64>, noun: &str) -> String {
    // No count of things in memory or storage exceeds 64 bits.
    counted(number.try_into().unwrap_or(u64::MAX), noun)
}

/// `7`, `1,300`, `12,345,678`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Parses `90s`, `30m`, `2h`, `1d`, `1h30m`; a bare number is seconds.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let bad = || format!("{text:?} is not a duration; write 90s, 30m, 2h, 7d or 1h30m");
    let mut rest = text.trim();
    let mut total = 0u64;
    if rest.is_empty() {
        return Err(bad());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u64 = rest[..digits].parse().map_err(|_| bad())?;
        let unit = rest[digits..].chars().next();
        let seconds = match unit {
            None | Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 86_400,
            Some('w') => 7 * 86_400,
            Some(_) => return Err(bad()),
        };
        total = number.checked_mul(seconds).and_then(|more| total.checked_add(more)).ok_or_else(bad)?;
        rest = &rest[digits + unit.map_or(0, char::len_utf8)..];
    }
    Ok(Duration::from_secs(total))
}

/// `0:07`, `12:34`, `1:02:03`.
pub fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Percent, 100 when there is nothing to do.
pub fn percent(done: u64, total: u64) -> f64 {
    if total == 0 { 100.0 } else { (done as f64 / total as f64 * 100.0).min(100.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_parse_with_and_without_units() {
        for (text, bytes) in [
            ("0", 0),
            ("1048576", 1 << 20),
            ("5M", 5 << 20),
            ("5MiB", 5 << 20),
            ("5 mib", 5 << 20),
            ("1.5GiB", 3 << 29),
            ("2k", 2048),
            ("7B", 7),
            ("1T", 1 << 40),
            ("16777215TiB", 16_777_215 << 40),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for bad in ["", "M", "-1", "1.5", "1.5.5M", "5X", "five", "1e3", "99999999999T", "18446744073709551616", ".M"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
        assert!(parse_size_u32("4G").is_err());
        assert_eq!(parse_size_u32("1M"), Ok(1 << 20));
    }

    #[test]
    fn sizes_and_durations_print() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(1536), "1.500 KiB");
        assert_eq!(size(5 << 30), "5.000 GiB");
        assert_eq!(size(u64::MAX), "16777216.000 TiB");
        assert_eq!(count(0u64, "pack") + &count(1usize, " pack") + &count(2u32, " pack"), "0 packs1  pack2  packs");
        assert_eq!(count(2u64, "entry") + &count(1u64, "entry") + &count(2u64, "day"), "2 entries1 entry2 days");
        assert_eq!([7, 999, 1_300, 12_345_678].map(grouped), ["7", "999", "1,300", "12,345,678"]);
        assert_eq!(clock(Duration::from_secs(7)), "0:07");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
        assert_eq!(percent(1, 4), 25.0);
        assert_eq!(percent(0, 0), 100.0);
        assert_eq!(percent(9, 4), 100.0);
    }
}
