//! Strict CBOR reading on top of minicbor: definite lengths, ascending integer keys, no trailing bytes.
