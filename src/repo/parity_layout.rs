//! Stripes without an index: layouts from the headers of parity packs, and parity that nothing names any more.
use super::encode_parity;
use super::rebuild::{PackRef, PackState, StripeLayout, rebuild};
use crate::backend::{Backend, ErrorKind, ObjectName};
use crate::error::Result;
use crate::format::{BLOCK_BYTES, ParityHeader, ParityPage};
use crate::id::{PackId, StripeId};
use crate::parity::Matrix;

/// Pages of a parity header that are believed: those of 128 packs of 64 MiB and 32 rows take 5,300.
const MAX_PAGES: usize = 6000;

/// The stripe as the headers of these parity packs (with their rows) describe it; `None` if no page of them is left that says so.
pub fn layout_from_parity(
    backend: &dyn Backend,
    stripe: StripeId,
    parity: &[(PackId, u8)],
) -> Result<Option<StripeLayout>> {
    let mut pages = Vec::new();
    for (id, _) in parity {
        let name = ObjectName::Pack(*id);
        let read = |pages: usize| match backend.get_range(&name, 0, pages * BLOCK_BYTES) {
            Err(error) if error.kind == ErrorKind::NoStore => Err(error),
            other => Ok(other.unwrap_or_default()),
        };
        let first = read(1)?;
        let Ok(page) = ParityPage::decode(&first) else { continue };
        let count = usize::from(page.count);
        if page.stripe == stripe && count <= MAX_PAGES {
            pages.push(read(count)?);
        }
    }
    let valid =
        pages.iter().flat_map(|bytes| bytes.chunks_exact(BLOCK_BYTES)).filter_map(|b| ParityPage::decode(b).ok());
    let Ok(header) = ParityHeader::assemble(&stripe, valid) else { return Ok(None) };
    let length = (header.bytes() + header.row_length() as usize) as u32;
    let mut refs: Vec<PackRef> = (parity.iter().filter(|(_, row)| *row < header.m))
        .map(|(id, row)| PackRef { slot: header.k + row, length, id: *id })
        .collect();
    refs.sort_by_key(|pack| (pack.slot, pack.id));
    if refs.windows(2).any(|pair| pair[0].slot == pair[1].slot) {
        // Two packs for one row: what a sound one says is right.
        refs.sort_by_cached_key(|pack| (pack.slot, !has_its_name(backend, pack)));
        refs.dedup_by_key(|pack| pack.slot);
    }
    Ok(Some(StripeLayout::from_header(&header, refs)))
}

fn has_its_name(backend: &dyn Backend, pack: &PackRef) -> bool {
    let bytes = backend.get(&ObjectName::Pack(pack.id), u64::from(pack.length));
    bytes.is_ok_and(|bytes| blake3::hash(&bytes).as_bytes() == pack.id.as_bytes())
}

/// Parity packs that the stripe should have and the layout does not name, with their bytes. Empty unless all members can be had.
///
/// Memory: the stripe.
pub fn top_up(backend: &dyn Backend, layout: &StripeLayout) -> Result<Vec<(PackRef, Vec<u8>)>> {
    if layout.parity.len() >= usize::from(layout.m) {
        return Ok(Vec::new());
    }
    let outcomes = rebuild(backend, layout)?;
    let mut members = Vec::new();
    for outcome in outcomes.iter().take(layout.members.len()) {
        match &outcome.state {
            PackState::Good(bytes) | PackState::Rebuilt { bytes, .. } => {
                members.push((outcome.pack.slot, outcome.pack.id, bytes.as_slice()));
            }
            _ => return Ok(Vec::new()),
        }
    }
    Ok(missing_parity(layout, &members))
}

/// Parity packs that the layout does not name, computed from all its members (slot, name, bytes).
pub fn missing_parity(layout: &StripeLayout, members: &[(u8, PackId, &[u8])]) -> Vec<(PackRef, Vec<u8>)> {
    let Some(matrix) = Matrix::new(layout.k, layout.m).filter(|_| layout.parity.len() < usize::from(layout.m)) else {
        return Vec::new();
    };
    let packs = encode_parity(layout.id, &matrix.into(), members);
    let named = |slot: u8| layout.parity.iter().any(|pack| pack.slot == slot);
    (layout.k..)
        .zip(packs)
        .filter(|(slot, _)| !named(*slot))
        .map(|(slot, bytes)| {
            let id = PackId(*blake3::hash(&bytes).as_bytes());
            (PackRef { slot, length: bytes.len() as u32, id }, bytes)
        })
        .collect()
}
