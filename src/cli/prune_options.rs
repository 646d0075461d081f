//! Options of a prune, shared by `caddis prune` and `caddis forget --prune`.
use caddis::ops::prune::{MaxUnused, PruneOptions};
use clap::Args;

use super::units::parse_size;

/// How much is copied to free space.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "How to prune")]
pub struct PruneArgs {
    /// Unused space that may stay: a share of the repository, a size, or unlimited
    #[arg(long, value_name = "LIMIT", default_value = "10%", value_parser = parse_max_unused)]
    max_unused: MaxUnused,

    /// Read at most so much to copy what is used out of what goes
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_repack_size: Option<u64>,

    /// Write at most so much
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_rewrite: Option<u64>,
}

impl PruneArgs {
    /// For the library.
    pub fn options(&self) -> PruneOptions {
        PruneOptions {
            max_unused: self.max_unused,
            max_repack: self.max_repack_size,
            max_rewrite: self.max_rewrite,
            ..PruneOptions::default()
        }
    }
}

fn parse_max_unused(text: &str) -> Result<MaxUnused, String> {
    let text = text.trim();
    if text == "unlimited" {
        return Ok(MaxUnused::Unlimited);
    }
    match text.strip_suffix('%') {
        Some(percent) => match percent.trim().parse::<f64>() {
            Ok(percent) if (0.0..100.0).contains(&percent) => Ok(MaxUnused::Percent(percent)),
            _ => Err(format!("{text:?} is no share below 100%")),
        },
        None => parse_size(text).map(MaxUnused::Bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_space_is_a_share_a_size_or_unlimited() {
        assert_eq!(parse_max_unused("5%"), Ok(MaxUnused::Percent(5.0)));
        assert_eq!(parse_max_unused("0.5 %"), Ok(MaxUnused::Percent(0.5)));
        assert_eq!(parse_max_unused("200M"), Ok(MaxUnused::Bytes(200 << 20)));
        assert_eq!(parse_max_unused("0"), Ok(MaxUnused::Bytes(0)));
        assert_eq!(parse_max_unused("unlimited"), Ok(MaxUnused::Unlimited));
        for bad in ["", "100%", "-1%", "NaN%", "x", "5 percent"] {
            assert!(parse_max_unused(bad).is_err(), "{bad}");
        }
        let args = PruneArgs { max_unused: MaxUnused::Unlimited, max_repack_size: Some(1), max_rewrite: Some(2) };
        let options = args.options();
        assert_eq!(
            (options.max_unused, options.max_repack, options.max_rewrite),
            (MaxUnused::Unlimited, Some(1), Some(2))
        );
        assert!(!options.dry_run);
    }
}
