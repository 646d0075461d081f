//! Options that say which snapshots a policy keeps.
use caddis::id::SessionId;
use caddis::ops::forget::{CalendarDuration, Limit, Period, Policy, Rule};
use clap::Args;

use super::filter::split_tags;

/// As in restic; a duration may stand in place of each number.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "What to keep")]
pub struct KeepArgs {
    /// The newest N snapshots; as everywhere here "unlimited" or -1 is all, and a duration is as in --keep-within
    #[arg(short = 'l', long, value_name = "N", value_parser = parse_limit, allow_negative_numbers = true)]
    keep_last: Option<Limit>,

    /// The newest snapshot of each of the last N hours that have one
    #[arg(short = 'H', long, value_name = "N", value_parser = parse_limit, allow_negative_numbers = true)]
    keep_hourly: Option<Limit>,

    /// The newest of each of the last N days that have one
    #[arg(short = 'd', long, value_name = "N", value_parser = parse_limit, allow_negative_numbers = true)]
    keep_daily: Option<Limit>,

    /// The newest of each of the last N weeks that have one
    #[arg(short = 'w', long, value_name = "N", value_parser = parse_limit, allow_negative_numbers = true)]
    keep_weekly: Option<Limit>,

    /// The newest of each of the last N months that have one
    #[arg(short = 'm', long, value_name = "N", value_parser = parse_limit, allow_negative_numbers = true)]
    keep_monthly: Option<Limit>,

    /// The newest of each of the last N years that have one
    #[arg(short = 'y', long, value_name = "N", value_parser = parse_limit, allow_negative_numbers = true)]
    keep_yearly: Option<Limit>,

    /// All that are younger than a duration such as 1y5m7d2h, counted from the newest snapshot of the group
    #[arg(long, value_name = "DURATION")]
    keep_within: Option<CalendarDuration>,

    /// Of these the newest of each hour
    #[arg(long, value_name = "DURATION")]
    keep_within_hourly: Option<CalendarDuration>,

    /// Of these the newest of each day
    #[arg(long, value_name = "DURATION")]
    keep_within_daily: Option<CalendarDuration>,

    /// Of these the newest of each week
    #[arg(long, value_name = "DURATION")]
    keep_within_weekly: Option<CalendarDuration>,

    /// Of these the newest of each month
    #[arg(long, value_name = "DURATION")]
    keep_within_monthly: Option<CalendarDuration>,

    /// Of these the newest of each year
    #[arg(long, value_name = "DURATION")]
    keep_within_yearly: Option<CalendarDuration>,

    /// All that have all of these tags (can be repeated); '' stands for those without tags
    #[arg(long, value_name = "TAG[,TAG…]")]
    keep_tag: Vec<String>,

    /// This snapshot (can be repeated)
    #[arg(long, value_name = "SNAPSHOT")]
    pub keep_id: Vec<String>,
}

impl KeepArgs {
    /// For the library; `ids` are what `keep_id` names.
    pub fn policy(&self, ids: Vec<SessionId>) -> Policy {
        let limits = [
            (Period::Any, self.keep_last),
            (Period::Hour, self.keep_hourly),
            (Period::Day, self.keep_daily),
            (Period::Week, self.keep_weekly),
            (Period::Month, self.keep_monthly),
            (Period::Year, self.keep_yearly),
        ];
        let within = [
            (Period::Any, self.keep_within),
            (Period::Hour, self.keep_within_hourly),
            (Period::Day, self.keep_within_daily),
            (Period::Week, self.keep_within_weekly),
            (Period::Month, self.keep_within_monthly),
            (Period::Year, self.keep_within_yearly),
        ];
        let within = within.into_iter().map(|(period, duration)| (period, duration.map(Limit::Within)));
        let rules = limits.into_iter().chain(within).filter_map(|(period, limit)| Some(Rule { period, limit: limit? }));
        Policy {
            rules: rules.filter(|rule| !rule.is_empty()).collect(),
            tags: self.keep_tag.iter().map(|list| split_tags(list)).collect(),
            ids,
        }
    }

    /// Whether nothing is to be kept.
    pub fn is_empty(&self) -> bool {
        self.keep_id.is_empty() && self.policy(Vec::new()).is_empty()
    }
}

/// A policy for people: `7 daily, 12 monthly, within 14d`.
pub fn describe(policy: &Policy) -> String {
    let mut parts: Vec<String> = (policy.rules.iter())
        .map(|rule| match (rule.limit, rule.period) {
            (Limit::Count(count), period) => format!("{count} {}", period.word()),
            (Limit::All, period) => format!("all {}", period.word()),
            (Limit::Within(duration), Period::Any) => format!("all within {duration}"),
            (Limit::Within(duration), period) => format!("{} within {duration}", period.word()),
        })
        .collect();
    parts.extend(policy.tags.iter().map(|tags| match tags.is_empty() {
        true => "all without tags".to_owned(),
        false => format!("all with tags {}", tags.join(",")),
    }));
    parts.extend(policy.ids.iter().map(|id| format!("snapshot {}", id.short())));
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn parse_limit(text: &str) -> Result<Limit, String> {
    let text = text.trim();
    if text == "unlimited" || text == "-1" {
        return Ok(Limit::All);
    }
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) {
        return text.parse().map(Limit::Count).map_err(|_| format!("{text:?} is too large; write unlimited"));
    }
    let bad = |_| format!("{text:?} is neither a number nor a duration; write 7, unlimited, or 14d");
    text.parse().map(Limit::Within).map_err(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_all_or_durations() {
        assert_eq!(parse_limit("7"), Ok(Limit::Count(7)));
        assert_eq!(parse_limit("unlimited"), Ok(Limit::All));
        assert_eq!(parse_limit("-1"), Ok(Limit::All));
        let duration = CalendarDuration { years: 1, months: 2, ..CalendarDuration::default() };
        assert_eq!(parse_limit("1y2m"), Ok(Limit::Within(duration)));
        for bad in ["", "-2", "7x", "many", "99999999999"] {
            assert!(parse_limit(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn options_become_rules_and_zeros_none() {
        let args = KeepArgs {
            keep_last: Some(Limit::Count(0)),
            keep_daily: Some(Limit::Count(7)),
            keep_within: Some(CalendarDuration { days: 14, ..CalendarDuration::default() }),
            keep_tag: vec!["a, b".into(), String::new()],
            ..KeepArgs::default()
        };
        let policy = args.policy(vec![SessionId([0xab; 16])]);
        assert_eq!(policy.rules.len(), 2);
        assert_eq!(
            describe(&policy),
            "7 daily, all within 14d, all with tags a,b, all without tags, snapshot abababab"
        );
        assert!(!args.is_empty());
        assert!(KeepArgs { keep_last: Some(Limit::Count(0)), ..KeepArgs::default() }.is_empty());
        assert!(!KeepArgs { keep_id: vec!["x".into()], ..KeepArgs::default() }.is_empty());
    }
}
