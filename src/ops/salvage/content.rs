//! Files of which parts are lost: the other parts follow one another, as restic does it.
use super::store::SalvageStore;
use crate::error::Result;
use crate::id::{BlobId, BlobKind};
use crate::model::{Content, ContentBuilder, Node, Tree};

/// Content lists within one another; the format allows no more.
const MAX_HEIGHT: u8 = 8;

/// A part of a file's content.
enum Part {
    Blob(BlobId),
    /// A list that cannot be read: nobody knows what was in it.
    LostList,
}

/// Takes lost parts out of the content of a file; true if there were any. Its size is then what is left, so that a later backup takes it for
/// changed. Holes up to the first lost part stay, the others go: nobody can say where they would have to be.
pub(super) fn mend(store: &SalvageStore<'_, '_>, node: &mut Node) -> Result<bool> {
    if matches!(node.content, Content::Empty | Content::Inline(_)) {
        return Ok(false);
    }
    if let Content::List { height, id } = &node.content
        && list_is_whole(store, id, *height)?
    {
        return Ok(false);
    }
    let mut builder = ContentBuilder::new(store);
    let mut lost = false;
    each_part(store, &node.content, &mut |part| match part {
        Part::Blob(id) if store.keep(BlobKind::Data, &id)? => builder.push(id),
        Part::Blob(_) | Part::LostList => {
            lost = true;
            Ok(())
        }
    })?;
    let content = builder.finish()?;
    if lost {
        let (whole, left) = lengths(store, &node.content)?;
        let mut data_before = 0;
        let mut end_of_last = 0;
        node.holes.retain(|(offset, length)| {
            data_before += offset.saturating_sub(end_of_last);
            end_of_last = offset.saturating_add(*length);
            data_before <= whole
        });
        let holes = node.holes.iter().fold(0_u64, |sum, (_, length)| sum.saturating_add(*length));
        node.size = left.saturating_add(holes);
    }
    node.content = content;
    Ok(lost)
}

/// Bytes of data before the first lost part, and of all that are left.
fn lengths(store: &SalvageStore<'_, '_>, content: &Content) -> Result<(u64, u64)> {
    let (mut whole, mut left, mut lost) = (0_u64, 0_u64, false);
    each_part(store, content, &mut |part| {
        match part {
            Part::Blob(id) if store.keep(BlobKind::Data, &id)? => {
                let length = store.length(&id)?;
                left = left.saturating_add(length);
                whole = if lost { whole } else { left };
            }
            Part::Blob(_) | Part::LostList => lost = true,
        }
        Ok(())
    })?;
    Ok((whole, left))
}

/// Whether a list and all beneath it are there; each list is read once, however often it is named. What is there may be referenced then.
fn list_is_whole(store: &SalvageStore<'_, '_>, id: &BlobId, height: u8) -> Result<bool> {
    if let Some(whole) = store.known_list(id) {
        return Ok(whole);
    }
    let mut whole = store.keep(BlobKind::Tree, id)?;
    match store.tree(id)? {
        Some(Tree::List { height: found, ids }) if found == height && height <= MAX_HEIGHT => {
            for id in ids {
                whole &= match height.checked_sub(1) {
                    None => store.keep(BlobKind::Data, &id)?,
                    Some(below) => list_is_whole(store, &id, below)?,
                };
            }
        }
        _ => whole = false,
    }
    store.note_list(*id, whole);
    Ok(whole)
}

fn each_part(store: &SalvageStore<'_, '_>, content: &Content, each: &mut dyn FnMut(Part) -> Result<()>) -> Result<()> {
    match content {
        Content::Empty | Content::Inline(_) => Ok(()),
        Content::Blobs(ids) => ids.iter().try_for_each(|id| each(Part::Blob(*id))),
        Content::List { height, id } => each_of_list(store, id, *height, each),
    }
}

fn each_of_list(
    store: &SalvageStore<'_, '_>,
    id: &BlobId,
    height: u8,
    each: &mut dyn FnMut(Part) -> Result<()>,
) -> Result<()> {
    match (store.tree(id)?, height.checked_sub(1)) {
        (Some(Tree::List { height: 0, ids }), None) => ids.iter().try_for_each(|id| each(Part::Blob(*id))),
        (Some(Tree::List { height: found, ids }), Some(below)) if found == height && height <= MAX_HEIGHT => {
            ids.iter().try_for_each(|id| each_of_list(store, id, below, each))
        }
        _ => each(Part::LostList),
    }
}
