//! Which blobs are lost with the packs that are, and whether a blob that something refers to can be had.
use std::collections::BTreeSet;

use super::check_packs::{Availability, Inspection, Remedy, Severity};
use super::index::Location;
use super::locations::{Balance, Synced};
use super::read_lock;
use crate::error::{Error, Result};
use crate::id::{BlobId, BlobKind};
use crate::monitor::{Event, Monitor, Problem, Silent, counted};

impl Inspection<'_> {
    /// Finds out which blobs are lost with the packs that are.
    pub fn settle(&mut self, monitor: &dyn Monitor) -> Result<()> {
        if self.lost_packs.is_empty() && self.bad_frames.is_empty() {
            return Ok(());
        }
        monitor.event(Event::Phase("Looking for what is lost"));
        let shared = self.shared();
        for kind in [BlobKind::Tree, BlobKind::Data] {
            let mut touched = BTreeSet::new();
            let is_touched = |place: &Location| {
                self.lost_packs.contains(&place.pack) || self.bad_frames.contains(&(place.pack, place.frame))
            };
            shared.index.for_each_blob(kind, |id, place| {
                if is_touched(&place) || !place.bases.is_empty() {
                    touched.insert((place.pack, place.frame, id));
                }
            })?;
            for (_, _, id) in touched {
                if shared.load_blob(kind, &id, &Silent).is_err() {
                    self.lost_blobs.insert(id);
                }
            }
        }
        Ok(())
    }

    /// To be called when all that snapshots need was asked for.
    pub fn conclude(&mut self, monitor: &dyn Monitor) -> Result<()> {
        if self.packs_away > 0 {
            let unreadable = match self.stripes_away {
                0 => "everything can be read without them".to_owned(),
                stripes => format!("{} cannot be read in full before they are back", counted(stripes, "stripe")),
            };
            let message = format!(
                "in locations that cannot be reached, and not looked at: {}; {unreadable}",
                counted(self.packs_away, "pack")
            );
            monitor.event(Event::Problem(&Problem { item: "locations".to_owned(), message }));
        }
        // While a location is away its packs are elsewhere on purpose.
        let planned = match self.shared().any_away() {
            true => Synced::default(),
            false => self.repo.balance_locations(Balance { dry_run: true, ..Balance::default() }, &Silent)?,
        };
        if planned.packs_moved > 0 {
            self.advise(Remedy::Locations);
            let message = format!(
                "not where they should be for each location to be dispensable: {}; `caddis repair locations` moves them",
                counted(planned.packs_moved, "pack")
            );
            self.find(Severity::Repairable, "locations", message);
        }
        if self.only_given_up > 0 {
            self.find(
                // Nothing is lost: what lies in a doomed stripe stays until a prune has moved it.
                Severity::Note,
                "packs",
                format!(
                    "needed by snapshots, and readable again in stripes that a repair had given up: {}; `caddis repair packs` stores \
                     them anew before a prune removes these",
                    counted(self.only_given_up, "blob")
                ),
            );
        }
        Ok(())
    }

    /// Whether a blob that something refers to can be had, and its length if it can. Reads only what lies in doomed stripes alone.
    pub fn availability(&mut self, kind: BlobKind, id: &BlobId) -> Result<(Availability, u32)> {
        if self.lost_blobs.contains(id) {
            return Ok((Availability::Lost, 0));
        }
        let shared = self.shared();
        // A damaged local index knows nothing; reading the blob makes it anew.
        if let Ok(Some(length)) = shared.index.length(kind, id, &read_lock(&shared.doomed)) {
            return Ok((Availability::Available, length));
        }
        if let Some(known) = self.doubtful.get(id) {
            return Ok(known.clone());
        }
        let (availability, length) = match shared.load_blob(kind, id, &Silent) {
            Ok(blob) => (Availability::Available, blob.len() as u32),
            Err(Error::BlobNotFound { .. }) => (Availability::NotIndexed, 0),
            Err(Error::BlobLost { .. } | Error::Damaged { .. }) => (Availability::Lost, 0),
            Err(error) => return Err(error),
        };
        if availability == Availability::Available {
            let doomed = read_lock(&shared.doomed);
            // Not so if the index was brought up to date for it.
            let given_up = shared
                .index
                .lookup(id)
                .is_ok_and(|places| !places.is_empty() && places.iter().all(|place| doomed.contains(&place.stripe)));
            self.only_given_up += u64::from(given_up);
        }
        self.doubtful.insert(*id, (availability.clone(), length));
        Ok((availability, length))
    }
}
