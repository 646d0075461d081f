//! `caddis init`.
use caddis::chunker::ChunkerParams;
use caddis::compress::Compression;
use caddis::crypto::KdfParams;
use caddis::format::ChunkerConfig;
use caddis::repo::InitOptions;
use clap::Args;
use serde_json::json;

use super::context::Context;
use super::exit::{Exit, usage};
use super::identity;
use super::units::{parse_size_u32, size};

const LARGEST_CHUNK: u32 = 512 << 10;
/// Neighbouring chunks are compressed together up to so many bytes: 1 MiB instead of 512 KiB makes source code 3 % smaller at equal speed.
const FRAME_TARGET: u32 = 1 << 20;
/// FastCDC's degree of normalization.
const NORMALIZATION: u8 = 1;

/// Make a new repository
///
/// The place may be an empty folder or one that does not exist yet. Settings hold for the life of the repository.
#[derive(Args, Debug, Clone)]
#[command(after_long_help = "Examples:
  caddis init --repo /srv/backup
  caddis init --repo /srv/backup --parity 8+3 --pack-size 4MiB")]
pub struct InitArgs {
    /// Size of full packs: a power of two from 256KiB to 64MiB
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = parse_pack_size)]
    pack_size: u32,

    /// Parity: K data packs are protected by M parity packs; `off` for none
    #[arg(long, value_name = "K+M", default_value = "20+2", value_parser = parse_parity)]
    parity: (u8, u8),

    /// Least, average and largest size of chunks [default: 32KiB,128KiB,512KiB, less for small packs]
    #[arg(long, value_name = "MIN,AVG,MAX", value_parser = parse_chunker)]
    chunker: Option<ChunkerSizes>,

    /// How hard new data is compressed: auto, off, fastest, better, max or a level of zstd
    #[arg(long, value_name = "MODE", default_value = "auto", value_parser = parse_compression)]
    compression: Compression,

    /// Files of at most so many bytes are stored with their name
    #[arg(long, value_name = "N", default_value = "256", value_parser = parse_size_u32)]
    inline_limit: u32,

    /// Guessing the password costs 2^N units of work and memory, 14 to 20
    #[arg(long, value_name = "N", default_value_t = 17, value_parser = clap::value_parser!(u8).range(1..=20))]
    kdf_log_n: u8,
}

/// Sizes of chunks as given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkerSizes {
    min: u32,
    average: u32,
    max: u32,
}

/// What `backup --init` makes.
pub fn defaults(context: &Context) -> anyhow::Result<InitOptions> {
    options(
        &InitArgs {
            pack_size: 1 << 20,
            parity: (20, 2),
            chunker: None,
            compression: Compression::Auto,
            inline_limit: 256,
            kdf_log_n: KdfParams::DEFAULT.log_n,
        },
        context,
    )
}

fn options(args: &InitArgs, context: &Context) -> anyhow::Result<InitOptions> {
    let sizes = args.chunker.unwrap_or_else(|| chunks_for(args.pack_size));
    ChunkerParams::new(sizes.min, sizes.average, sizes.max, NORMALIZATION)
        .map_err(|error| usage(format!("These chunk sizes cannot be used: {error}")))?;
    let ChunkerSizes { min, average, max } = sizes;
    Ok(InitOptions {
        pack_size: args.pack_size,
        parity: args.parity,
        chunker: ChunkerConfig { min, average, max, level: NORMALIZATION },
        compression: args.compression,
        inline_limit: args.inline_limit,
        frame_target: FRAME_TARGET,
        kdf: context.kdf(Some(args.kdf_log_n))?,
        host: context.host(None),
        user: identity::user(),
    })
}

/// Makes the repository and says what it survives.
pub fn run(args: &InitArgs, context: &Context) -> anyhow::Result<Exit> {
    let (repo, location) = context.init(&options(args, context)?)?;
    if context.out.style.json {
        let value = json!({"message_type": "initialized", "id": repo.id().to_string(), "repository": location});
        // The repository is made whether or not somebody reads this.
        let _ = context.out.object(&value);
        return Ok(Exit::Success);
    }
    context.out.say(format_args!("created repository {} at {location}", repo.id().short()));
    context.out.say(survives(args.parity, args.pack_size));
    context.out.say("Losing the password means losing the data: there is no other way to read it.");
    Ok(Exit::Success)
}

fn survives((k, m): (u8, u8), pack_size: u32) -> String {
    match m {
        0 => "Without parity: a lost or damaged pack loses its data.".to_owned(),
        1 => {
            format!("Parity {k}+1: any 1 pack of each {} of {} can be lost or damaged.", k + 1, size(pack_size.into()))
        }
        _ => format!(
            "Parity {k}+{m}: any {m} packs of each {} of {} can be lost or damaged.",
            k + m,
            size(pack_size.into())
        ),
    }
}

/// A pack must hold several chunks.
fn chunks_for(pack_size: u32) -> ChunkerSizes {
    let max = LARGEST_CHUNK.min(pack_size / 2);
    ChunkerSizes { min: max / 16, average: max / 4, max }
}

/// For `--compression` of all commands.
pub fn parse_compression(text: &str) -> Result<Compression, String> {
    text.parse().map_err(|_| "expected auto, off, fastest, better, max, or a level of zstd from -7 to 19".to_owned())
}

fn parse_pack_size(text: &str) -> Result<u32, String> {
    let size = parse_size_u32(text)?;
    if size.is_power_of_two() && (256 << 10..=64 << 20).contains(&size) {
        Ok(size)
    } else {
        Err("the size of packs is a power of two from 256KiB to 64MiB".to_owned())
    }
}

fn parse_parity(text: &str) -> Result<(u8, u8), String> {
    if text == "off" {
        return Ok((1, 0));
    }
    let numbers = text.split_once('+').and_then(|(k, m)| Some((k.parse().ok()?, m.parse().ok()?)));
    match numbers {
        Some((k @ 1..=128, m @ 0..=32)) => Ok((k, m)),
        _ => Err("write K+M with 1 to 128 data packs and 0 to 32 parity packs, e.g. 20+2, or off".to_owned()),
    }
}

fn parse_chunker(text: &str) -> Result<ChunkerSizes, String> {
    let sizes: Vec<u32> = text.split(',').map(parse_size_u32).collect::<Result<_, _>>()?;
    match sizes[..] {
        [min, average, max] if 0 < min && min <= average && average <= max => Ok(ChunkerSizes { min, average, max }),
        [_, _, _] => Err("the sizes must ascend: least, average, largest".to_owned()),
        _ => Err("write three sizes, e.g. 32KiB,128KiB,512KiB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parity_schemes_parse() {
        assert_eq!(parse_parity("20+2"), Ok((20, 2)));
        assert_eq!(parse_parity("1+1"), Ok((1, 1)));
        assert_eq!(parse_parity("off"), Ok((1, 0)));
        for bad in ["", "20", "0+2", "129+1", "4+33", "20-2", "a+b", "20+2+1"] {
            assert!(parse_parity(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn pack_and_chunk_sizes_parse() {
        assert_eq!(parse_pack_size("1MiB"), Ok(1 << 20));
        for bad in ["128KiB", "128MiB", "3MiB", "x"] {
            assert!(parse_pack_size(bad).is_err(), "{bad}");
        }
        let sizes = ChunkerSizes { min: 32 << 10, average: 128 << 10, max: 512 << 10 };
        assert_eq!(parse_chunker("32KiB,128KiB,512KiB"), Ok(sizes));
        for bad in ["", "1,2", "1,2,3,4", "3,2,1", "a,b,c", "0,1,2"] {
            assert!(parse_chunker(bad).is_err(), "{bad}");
        }
        assert_eq!(chunks_for(1 << 20), sizes);
        assert_eq!(chunks_for(64 << 20), sizes);
        assert_eq!(chunks_for(256 << 10).max, 128 << 10);
    }

    #[test]
    fn the_promise_of_parity_is_told() {
        assert!(survives((20, 2), 1 << 20).contains("any 2 packs of each 22"));
        assert!(survives((1, 0), 1 << 20).starts_with("Without parity"));
    }
}
