//! `caddis version`.
use serde_json::json;

use super::context::Context;
use super::exit::Exit;

/// Name, version and platform in a line.
pub fn run(context: &Context) -> anyhow::Result<Exit> {
    let version = env!("CARGO_PKG_VERSION");
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    // A reader that went away needs no version.
    let _ = if context.out.style.json {
        context.out.object(&json!({"message_type": "version", "version": version, "os": os, "arch": arch}))
    } else {
        context.out.line(format_args!("caddis {version} on {os}/{arch}"))
    };
    Ok(Exit::Success)
}
