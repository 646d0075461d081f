//! The `caddis` program: hands over to the command line layer.
fn main() {}
