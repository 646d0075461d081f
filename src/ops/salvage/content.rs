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

/// Takes lost parts out of the content of a file; true if there were any, or if its size was not that of its content. The size is then what is
/// left, so that a later backup takes the file for changed. Holes up to the first lost part stay, the others go: nobody can say where they would
/// have to be.
pub(super) fn mend(store: &SalvageStore<'_, '_>, node: &mut Node) -> Result<bool> {
    let is_right = |node: &Node, length: u64| sum_of(&node.holes).saturating_add(length) == node.size;
    match &node.content {
        Content::Empty | Content::Inline(_) => return Ok(false),
        Content::List { height, id } => {
            if list_length(store, id, *height)?.is_some_and(|length| is_right(node, length)) {
                return Ok(false);
            }
        }
        Content::Blobs(_) => {}
    }
    let mut builder = ContentBuilder::new(store);
    // Bytes before the first lost part, and of all that are left.
    let (mut whole, mut left, mut lost) = (0_u64, 0_u64, false);
    each_part(store, &node.content, &mut |part| {
        let kept = match part {
            Part::Blob(id) => store.keep(BlobKind::Data, &id)?.map(|length| (id, length)),
            Part::LostList => None,
        };
        let Some((id, length)) = kept else {
            lost = true;
            return Ok(());
        };
        left = left.saturating_add(length);
        whole = if lost { whole } else { left };
        builder.push(id)
    })?;
    node.content = builder.finish()?;
    if !lost && is_right(node, left) {
        return Ok(false);
    }
    keep_holes(&mut node.holes, whole);
    node.size = sum_of(&node.holes).saturating_add(left);
    Ok(true)
}

fn sum_of(holes: &[(u64, u64)]) -> u64 {
    holes.iter().fold(0, |sum, (_, length)| sum.saturating_add(*length))
}

/// Keeps the holes that have at most so much data before them.
fn keep_holes(holes: &mut Vec<(u64, u64)>, data: u64) {
    let (mut data_before, mut end_of_last) = (0_u64, 0_u64);
    holes.retain(|(offset, length)| {
        data_before = data_before.saturating_add(offset.saturating_sub(end_of_last));
        end_of_last = offset.saturating_add(*length);
        data_before <= data
    });
}

/// Length of what a list names, `None` if something of it is lost. Each list is read once, however often it is named. What is there may be
/// referenced then.
fn list_length(store: &SalvageStore<'_, '_>, id: &BlobId, height: u8) -> Result<Option<u64>> {
    if let Some(known) = store.known_list(id) {
        return Ok(known);
    }
    let mut sum = store.keep(BlobKind::Tree, id)?.map(|_| 0_u64);
    match store.tree(id)? {
        Some(Tree::List { height: found, ids }) if found == height && height <= MAX_HEIGHT => {
            for id in ids {
                let length = match height.checked_sub(1) {
                    None => store.keep(BlobKind::Data, &id)?,
                    Some(below) => list_length(store, &id, below)?,
                };
                sum = sum.zip(length).map(|(sum, length)| sum.saturating_add(length));
            }
        }
        _ => sum = None,
    }
    store.note_list(*id, sum);
    Ok(sum)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_stay_where_the_data_before_them_is_whole() {
        // Data 0..10, hole 10..30, data 30..40, hole 40..50, data 50..60.
        let holes = vec![(10, 20), (40, 10)];
        for (whole, kept) in [(0, 0), (9, 0), (10, 1), (19, 1), (20, 2), (30, 2)] {
            let mut left = holes.clone();
            keep_holes(&mut left, whole);
            assert_eq!(left, holes[..kept], "{whole}");
        }
        let mut first = vec![(0, 5)];
        keep_holes(&mut first, 0);
        assert_eq!(first, [(0, 5)]);
    }
}
