//! Locations in a table, in JSON, and in words.
use caddis::ops::locations::Locations;
use serde_json::{Value, json};

use super::table::{Align, Step, Table};
use super::units::size;

/// What a scheme over so many locations survives, when all is as it should be.
pub fn promise((k, m): (u8, u8), locations: usize) -> String {
    let share = usize::from(k + m).div_ceil(locations);
    let survived = usize::from(m) / share;
    format!(
        "Survives the loss of any {survived} of {locations} locations: each holds {share} of the {} packs of a stripe.",
        k + m
    )
}

/// One line for each.
pub fn table(found: &Locations) -> String {
    let columns = [
        ("Location", Align::Right),
        ("Role", Align::Left),
        ("Packs", Align::Right),
        ("Size", Align::Right),
        ("Capacity", Align::Right),
        ("Priority", Align::Right),
        ("State", Align::Left),
        ("Place", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for location in &found.all {
        let config = &location.config;
        let cells = [
            config.number.to_string(),
            if location.is_primary { "primary" } else { "" }.to_owned(),
            location.packs.to_string(),
            size(location.bytes),
            config.capacity.map_or_else(String::new, size),
            if config.priority == 0 { String::new() } else { config.priority.to_string() },
            if location.away.is_some() { "away" } else { "there" }.to_owned(),
            config.place.clone(),
        ];
        table.row(cells.into_iter().map(|cell| vec![cell]).collect());
    }
    table.apply(0, &[Step::DropEmpty("Capacity"), Step::DropEmpty("Priority")]);
    table.render()
}

/// The same for programs.
pub fn value(found: &Locations) -> Value {
    let all = found.all.iter().map(|location| {
        json!({
            "number": location.config.number,
            "place": location.config.place,
            "primary": location.is_primary,
            "away": location.away,
            "packs": location.packs,
            "bytes": location.bytes,
            "capacity": location.config.capacity,
            "priority": location.config.priority,
            "object_lock": location.config.settings.get(caddis::backend::ObjectLock::SETTING),
            "stripes_that_need_it": location.needed_by,
        })
    });
    Value::Array(all.collect())
}
