//! `caddis init`.
use caddis::chunker::ChunkerParams;
use caddis::compress::Compression;
use caddis::crypto::KdfParams;
use caddis::format::ChunkerConfig;
use caddis::repo::{DeltaMode, InitOptions, Repository};
use clap::Args;
use serde_json::json;

use super::connect::{LocationArg, parse_location};
use super::context::Context;
use super::exit::{Exit, usage};
use super::from_repo::FromArgs;
use super::identity;
use super::init_advice;
use super::location_list;
use super::repo_info;
use super::units::{parse_size_u32, size};

const DEFAULT_PACK_SIZE: u32 = 1 << 20;
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
  caddis init --repo /srv/backup --parity 8+3 --pack-size 4MiB
  caddis init --repo webdav:https://dav.example.org/backup --single-writer
  caddis init --repo s3://bucket/backup -o object_lock=governance:30d      (see `caddis repo lock --help`)
  caddis init --repo /mnt/second --from-repo /srv/backup
  caddis init --location /srv/backup --location s3://bucket/backup --location azblob://container/backup --parity 4+2")]
pub struct InitArgs {
    /// One of several places of the repository, the primary first: PLACE[,capacity=SIZE][,priority=N]; a higher priority gets data rather than parity
    #[arg(long, value_name = "PLACE", value_parser = parse_location)]
    location: Vec<LocationArg>,

    /// Size of full packs: a power of two from 256KiB to 64MiB [default: 1MiB, more if chunks are larger]
    #[arg(long, value_name = "SIZE", value_parser = parse_pack_size)]
    pack_size: Option<u32>,

    /// Parity: K data packs are protected by M parity packs; `off` for none [default: 20+2; 1+1 for two locations, 4+2 for three, 6+2 for four, …]
    #[arg(long, value_name = "K+M", value_parser = parse_parity)]
    parity: Option<(u8, u8)>,

    /// Least, average and largest size of chunks [default: 32KiB,128KiB,512KiB, less for small packs]
    #[arg(long, value_name = "MIN,AVG,MAX", value_parser = parse_chunker, conflicts_with_all = ["from_repo", "from_repository_file"])]
    chunker: Option<ChunkerSizes>,

    /// How hard new data is compressed: auto, off, fastest, better, max or a level of zstd
    #[arg(long, value_name = "MODE", default_value = "auto", value_parser = parse_compression)]
    compression: Compression,

    /// Whether changed files are stored as deltas of their older versions: auto, on or off
    #[arg(long, value_name = "MODE", default_value = "auto", value_parser = parse_delta)]
    delta: DeltaMode,

    /// Files of at most so many bytes are stored with their name [default: 256, or as in --from-repo]
    #[arg(long, value_name = "N", value_parser = parse_size_u32)]
    inline_limit: Option<u32>,

    /// Guessing the password costs 2^N units of work and memory, 14 to 20
    #[arg(long, value_name = "N", default_value_t = 17, value_parser = clap::value_parser!(u8).range(1..=20))]
    kdf_log_n: u8,

    /// Only one machine at a time will ever write: needed on storage that overwrites what exists (`caddis repo probe` tells)
    #[arg(long, conflicts_with = "location")]
    single_writer: bool,
    /// What restic users write with --from-repo, which alone means the same
    #[arg(long, hide = true)]
    copy_chunker_params: bool,

    #[command(
        flatten,
        next_help_heading = "Cut files like another repository, so that copies deduplicate with backups"
    )]
    from: FromArgs,
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
            location: Vec::new(),
            pack_size: None,
            parity: None,
            chunker: None,
            compression: Compression::Auto,
            delta: DeltaMode::Auto,
            inline_limit: None,
            kdf_log_n: KdfParams::DEFAULT.log_n,
            single_writer: false,
            copy_chunker_params: false,
            from: FromArgs::default(),
        },
        None,
        context,
    )
}

fn options(args: &InitArgs, like: Option<&Repository>, context: &Context) -> anyhow::Result<InitOptions> {
    let like = like.map(Repository::config);
    let least = like.map_or(0, |config| config.chunker.max.saturating_mul(2).next_power_of_two());
    let pack_size = args.pack_size.unwrap_or(DEFAULT_PACK_SIZE.max(least));
    if pack_size < least {
        let (chunk, least) = (size(u64::from(least / 2)), size(least.into()));
        return Err(usage(format!("Chunks of up to {chunk} need packs of at least {least}")));
    }
    let sizes = args.chunker.unwrap_or_else(|| chunks_for(pack_size));
    ChunkerParams::new(sizes.min, sizes.average, sizes.max, NORMALIZATION)
        .map_err(|error| usage(format!("These chunk sizes cannot be used: {error}")))?;
    let ChunkerSizes { min, average, max } = sizes;
    let chunker = ChunkerConfig { min, average, max, level: NORMALIZATION };
    let numbered = args.location.iter().zip(1..);
    Ok(InitOptions {
        pack_size,
        parity: args.parity.unwrap_or_else(|| default_parity(args.location.len())),
        chunker: like.map_or(chunker, |config| config.chunker),
        compression: args.compression,
        delta: args.delta,
        // What is in a node in one repository and in a blob in the other would make different trees.
        inline_limit: args.inline_limit.unwrap_or(like.map_or(256, |config| config.inline_limit)),
        frame_target: FRAME_TARGET,
        single_writer: args.single_writer,
        settings: Default::default(),
        kdf: context.kdf(Some(args.kdf_log_n))?,
        locations: numbered
            .map(|(location, number)| location.config(number, &context.globals))
            .collect::<Result<_, _>>()?,
        host: context.host(None),
        user: identity::user(),
    })
}

/// Makes the repository and says what it survives.
pub fn run(args: &InitArgs, context: &Context) -> anyhow::Result<Exit> {
    if args.copy_chunker_params && !args.from.is_given() {
        return Err(usage("--copy-chunker-params takes the repository to cut like: --from-repo PLACE"));
    }
    let like = args.from.open(context)?;
    let options = options(args, like.as_ref(), context)?;
    let (repo, location) = match args.location.len() {
        0 => context.init(&options, like.as_ref())?,
        _ if context.globals.names_place() => {
            return Err(usage("Name the places with --repo or with --location, not with both"));
        }
        1 => {
            return Err(usage(
                "One location is a repository in one place: name it with --repo; --location is for two and more",
            ));
        }
        _ => context.init_locations(&options, like.as_ref())?,
    };
    if context.out.style.json {
        let value = json!({"message_type": "initialized", "id": repo.id().to_string(), "repository": location});
        // The repository is made whether or not somebody reads this.
        let _ = context.out.object(&value);
        return Ok(Exit::Success);
    }
    context.out.say(format_args!("created repository {} at {location}", repo.id().short()));
    context.out.say(survives(options.parity, options.pack_size));
    if let Some(like) = &like {
        let like = like.id().short();
        context.out.say(format_args!("It cuts files like repository {like}: copies deduplicate with backups."));
    }
    if args.single_writer {
        context.out.say("Single-writer: only one machine at a time may write.");
    }
    repo_info::locks(repo.config()).iter().for_each(|line| context.out.say(line));
    if !args.location.is_empty() {
        context.out.say(location_list::promise(options.parity, args.location.len()));
    }
    if repo.backend().is_remote() {
        init_advice::lines(options.pack_size, options.parity).iter().for_each(|line| context.out.say(line));
    }
    context.out.say("Losing the password means losing the data: there is no other way to read it.");
    Ok(Exit::Success)
}

/// So that any one of several locations can be lost.
fn default_parity(locations: usize) -> (u8, u8) {
    match locations {
        0 | 1 => (20, 2),
        2 => (1, 1),
        many => (u8::try_from(2 * many - 2).unwrap_or(128).min(126), 2),
    }
}

fn survives((k, m): (u8, u8), pack_size: u32) -> String {
    match m {
        0 => "Without parity: a lost or damaged pack loses its data.".to_owned(),
        _ => format!(
            "Parity {k}+{m}: of every {} packs, each of {}, any {m} can be lost or damaged without loss of data.",
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

/// For `--delta` of all commands.
pub fn parse_delta(text: &str) -> Result<DeltaMode, String> {
    let modes = [DeltaMode::Auto, DeltaMode::On, DeltaMode::Off];
    modes.into_iter().find(|mode| mode.to_string() == text).ok_or_else(|| "expected auto, on or off".to_owned())
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
        assert!(survives((20, 2), 1 << 20).contains("of every 22 packs, each of 1.000 MiB, any 2 can"));
        assert!(survives((1, 0), 1 << 20).starts_with("Without parity"));
    }
}
