//! The `caddis` program: hands over to the command line layer.
mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
