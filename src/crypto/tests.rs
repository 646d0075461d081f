//! Known answers that pin the derivations, and what sealing must refuse.
use super::*;
use crate::id::{BlobKind, RepoId, SlotId, StripeId};

fn subkeys() -> Subkeys {
    let master = MasterKey::new(SecretKey::from_bytes([1; 32]));
    master.subkeys(&RepoId([2; 32]), 3, Generations { id: 4, chunker: 5 })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hash of a key. The expected values come from an independent implementation of the format's text.
fn fingerprint(bytes: &[u8]) -> String {
    hex(&blake3::hash(bytes).as_bytes()[..8])
}

#[test]
fn derivations_never_change() {
    let keys = subkeys();
    let found: Vec<_> = Purpose::ALL.iter().map(|purpose| fingerprint(keys.key(*purpose).expose())).collect();
    assert_eq!(
        found,
        [
            "c63fe675849fe9e5",
            "60438e92f7965bc4",
            "596a5c14a3b45970",
            "ceef39becd088d61",
            "a4a13edd42211b03",
            "5950eb5e39bc1c2b",
            "7264feca1c2c7d97",
            "435bc42696b5e60e"
        ]
    );
    assert_eq!(hex(&keys.blob_id(BlobKind::Data, b"hello").0[..8]), "4cc9a12be24ad5c5");
    assert_eq!(hex(&keys.blob_id(BlobKind::Tree, b"hello").0[..8]), "9643222f88ab3a1e");
    let gear: Vec<u8> = keys.gear().iter().flat_map(|word| word.to_le_bytes()).collect();
    assert_eq!(fingerprint(&gear), "4109bc5f89495c31");

    let pack = keys.pack_keys(BlobKind::Data, &StripeId([6; 32]), 7);
    assert_eq!(hex(&pack.commitment[..8]), "a812f1f1799f9b82");
    let mut padding = [0; 100];
    pack.padding.fill(&mut padding);
    assert_eq!(fingerprint(&padding), "927b5b132f8115be");
    let mut sealed = b"before".to_vec();
    pack.aead.seal_into(2, b"aad", b"frame", &mut sealed);
    assert_eq!(hex(&sealed[6..]), "08b71b12b5d87d2302055c85ac422f4667926e76da");
    assert_eq!(hex(&keys.pack_keys(BlobKind::Tree, &StripeId([6; 32]), 7).commitment[..8]), "9691f8ae2b07a70a");

    let object = object_key(keys.key(Purpose::Index), &[8; 32]);
    assert_eq!(hex(&object.commitment[..8]), "4460c1f65de49dbe");
    let mut sealed = Vec::new();
    object.aead.seal_into(0, b"", b"object", &mut sealed);
    assert_eq!(hex(&sealed), "466b69f18c728f14a4795a5bcf55da7b8b082a835306");
    let mut sealed = Vec::new();
    note_key(keys.key(Purpose::Administration), &SlotId([9; 16])).seal_into(0, b"", b"note", &mut sealed);
    assert_eq!(hex(&sealed), "2e251614535ddbfa46b5ea993fcda39e327f61a7");
    let password = KdfParams { log_n: 4, r: 8, p: 1 }.derive(1, b"secret", &[10; 32]).unwrap();
    assert_eq!(fingerprint(password.expose()), "5eef7364c350862a");
}

#[test]
fn all_scrypt_parameters_matter() {
    let one = KdfParams { log_n: 4, r: 8, p: 1 }.derive(1, b"secret", &[0; 32]).unwrap();
    for other in
        [KdfParams { log_n: 5, r: 8, p: 1 }, KdfParams { log_n: 4, r: 9, p: 1 }, KdfParams { log_n: 4, r: 8, p: 2 }]
    {
        assert_ne!(one.expose(), other.derive(1, b"secret", &[0; 32]).unwrap().expose());
    }
}

#[test]
fn absurd_and_weak_parameters_are_refused() {
    let check = |log_n, r, p| KdfParams { log_n, r, p }.check(KdfParams::FLOOR);
    assert_eq!(KdfParams::DEFAULT.check(KdfParams::FLOOR), Ok(()));
    assert_eq!(check(14, 1, 1), Ok(()));
    assert_eq!(check(20, 8, 16), Ok(()));
    assert_eq!(check(22, 2, 1), Ok(()));
    for (log_n, r, p) in [
        (13, 8, 1),
        (0, 8, 1),
        (23, 1, 1),
        (255, 8, 1),
        (17, 33, 1),
        (17, u32::MAX, 1),
        (17, 8, 17),
        (17, 0, 1),
        (17, 8, 0),
        (21, 8, 1),
    ] {
        assert!(matches!(check(log_n, r, p), Err(CryptoError::BadParameters(_))), "{log_n} {r} {p}");
    }
    assert_eq!(KdfParams { log_n: 4, r: 8, p: 1 }.check(4), Ok(()));
}

#[test]
fn opening_refuses_every_change() {
    let key = AeadKey::new(&[1; 32]);
    let mut sealed = Vec::new();
    key.seal_into(5, b"bound", b"plaintext", &mut sealed);
    assert_eq!(sealed.len(), 9 + TAG_LEN);
    assert_eq!(key.open(5, b"bound", &sealed).unwrap(), b"plaintext");
    let refused = Err(CryptoError::Authentication);
    assert_eq!(key.open(6, b"bound", &sealed), refused);
    assert_eq!(key.open(5, b"bounds", &sealed), refused);
    assert_eq!(AeadKey::new(&[2; 32]).open(5, b"bound", &sealed), refused);
    for len in 0..sealed.len() {
        assert_eq!(key.open(5, b"bound", &sealed[..len]), refused, "{len}");
    }
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let mut out = b"old".to_vec();
        assert_eq!(key.open_into(5, b"bound", &changed, &mut out), Err(CryptoError::Authentication), "{bit}");
        assert!(out.is_empty());
    }
    assert_eq!(key.open_in_place(5, b"bound", &mut sealed).unwrap(), b"plaintext");
}

#[test]
fn rings_look_up_epochs() {
    let of =
        |epoch| MasterKey::new(SecretKey::from_bytes([1; 32])).subkeys(&RepoId([2; 32]), epoch, Generations::default());
    assert!(KeyRing::new(Vec::new()).is_none());
    assert!(KeyRing::new(vec![of(1), of(2), of(1)]).is_none());
    let ring = KeyRing::new(vec![of(1), of(4)]).unwrap();
    assert_eq!(ring.current().epoch(), 4);
    assert_eq!(ring.epoch(1).map(Subkeys::epoch), Some(1));
    assert!(ring.epoch(2).is_none());
    assert_ne!(ring.epochs()[0].key(Purpose::Index).expose(), ring.epochs()[1].key(Purpose::Index).expose());
}
