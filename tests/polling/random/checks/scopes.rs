//! What a scope tells about its polling, and the pace that it keeps.

use std::time::Duration;

use lambda_async_exporter::domain::Operation;

use super::{Area, Check, fails_at_once, hits_listing, is_clear, is_in};
use crate::random::{fault::Place, shown::Shown, truth::Time};

const SECOND: Duration = Duration::from_secs(1);

/// The longest pause that is kept because AWS asks for it.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

const STATES: [&str; 5] = ["ok", "throttled", "denied", "not_found", "failed"];

impl Check<'_> {
    /// No scope is shown that nobody wants; one without its account only while that is not known, and
    /// with nothing in it that was read.
    pub(super) fn unknown_scopes(&mut self, shown: &Shown) {
        let identity = self.world.troubles(|fault| fault.place == Place::Identity);
        let is_known = is_clear(&identity, self.ago(self.windows.fresh), self.now);
        for ((account, region), scope) in &shown.scopes {
            let mut wanted = self.world.scenario.wants.keys();
            if wanted.any(|id| id.account_label() == account && id.region.as_str() == region) {
                continue;
            }
            let has_read = !scope.functions.is_empty()
                || scope
                    .targets
                    .values()
                    .any(|target| !target.settings.is_empty());
            let is_there = !scope.facts.is_empty();
            let is_early = self.now < self.windows.fresh;
            let may_be_there = account.is_empty() && !has_read && (!is_known || is_early);
            if is_there && !may_be_there {
                let why = format!("{account:?} in {region} is shown: {scope:?}");
                self.problems.push(why);
            }
        }
    }

    pub(super) fn scope(&mut self, area: &Area<'_>) {
        self.targets_are_counted(area);
        self.discovery_is_told(area);
        self.first_sweep_is_told(area);
        self.pace_is_kept(area);
        self.pauses_are_kept(area);
    }

    /// Each target is in exactly one state.
    fn targets_are_counted(&mut self, area: &Area<'_>) {
        let facts = &area.shown.facts;
        let count = |state: &str| {
            let fact = format!("lambda_async_exporter_targets state={state}");
            facts.get(&fact).copied().unwrap_or_default()
        };
        let all: f64 = STATES.iter().map(|state| count(state)).sum();
        let targets = area.shown.targets.values();
        let ok = targets.filter(|target| target.success == Some(1.0)).count();
        let shown = area.shown.targets.len();
        if (all, count("ok")) != (number(shown), number(ok)) {
            let why =
                format!("{shown} targets, {ok} of them ok, are not what is counted: {facts:?}");
            self.problem(area, why);
        }
    }

    /// Whether functions can be listed shows within the promised time.
    fn discovery_is_told(&mut self, area: &Area<'_>) {
        if area.wants.filters.is_empty() {
            return;
        }
        let from = self.now.checked_sub(self.windows.listed);
        let troubles = self.all_listing_troubles(area);
        let is_well = from.is_some_and(|from| is_clear(&troubles, from, self.now));
        let broken_since = self.ago(self.windows.broken_off);
        let is_broken = self.world.faults.iter().any(|fault| {
            is_in(fault, area)
                && hits_listing(&fault.place)
                && fails_at_once(fault)
                && fault.from < broken_since
                && fault.to > self.now
        });
        let fact = "lambda_async_exporter_discovery_success";
        let told = area.shown.facts.get(fact).copied();
        if (is_well && told != Some(1.0)) || (is_broken && told == Some(1.0)) {
            self.problem(area, format!("discovery_success is {told:?}"));
        }
    }

    /// A sweep has a duration once the first one is complete, and none is before a listing was.
    fn first_sweep_is_told(&mut self, area: &Area<'_>) {
        let facts = &area.shown.facts;
        let fact = |name: &str| facts.get(&format!("lambda_async_exporter_{name}"));
        let is_complete = fact("first_sweep_complete") == Some(&1.0);
        let has_duration = fact("sweep_duration_seconds").is_some();
        // Filters that wait for the account of the credentials come later.
        let filters = area.wants.filters.iter();
        let waits = |(_, needs_identity): &(_, bool)| *needs_identity;
        let is_listed = filters.clone().all(waits) || fact("discovery_success").is_some();
        if is_complete != has_duration || (is_complete && !is_listed) {
            self.problem(area, format!("the first sweep is not told: {facts:?}"));
        }
    }

    /// No second sees more calls than allowed.
    fn pace_is_kept(&mut self, area: &Area<'_>) {
        let allowed = self.world.scenario.poll.max_requests_per_second;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small whole number"
        )]
        let allowed = allowed as usize + 1;
        for operation in [Operation::ListFunctions, Operation::GetResources] {
            let calls = self.recent_calls(area, self.ago(12 * SECOND), operation);
            let burst = calls
                .windows(allowed + 1)
                .find(|window| window[allowed] < window[0] + SECOND);
            if let Some(burst) = burst {
                let why = format!("more than {allowed} calls in a second: {burst:.3?}");
                self.problem(area, why);
            }
        }
        let budget = area
            .shown
            .facts
            .get("lambda_async_exporter_request_budget_per_second");
        if budget.is_some_and(|budget| *budget > self.world.scenario.poll.max_requests_per_second) {
            self.problem(area, format!("the budget is {budget:?}"));
        }
    }

    /// While AWS wants to be left alone, no calls but those that were let go before.
    fn pauses_are_kept(&mut self, area: &Area<'_>) {
        let ground = &self.world.scopes[area.scope];
        let places = self.world.scenario.poll.max_in_flight;
        let recent = ground
            .pauses
            .iter()
            .filter(|(at, ..)| *at > self.ago(90 * SECOND));
        let broken = recent.map(|(at, pause, operation)| {
            let end = *at + (*pause).min(LONGEST_PAUSE);
            let calls = self.recent_calls(area, *at, *operation);
            let made = calls
                .into_iter()
                .filter(|call| *at < *call && *call < end)
                .count();
            (*at, *pause, made)
        });
        let broken = broken.filter(|(_, _, made)| *made > places).max();
        if let Some((at, pause, made)) = broken {
            let why = format!("asked at {at:.1?} for a pause of {pause:?}, made {made} calls");
            self.problem(area, why);
        }
    }

    /// Those that count against the same quota as an operation: tagging has one of its own.
    fn recent_calls(&self, area: &Area<'_>, from: Time, of: Operation) -> Vec<Time> {
        let is_tagging = |operation| operation == Operation::GetResources;
        let recent = self.world.scopes[area.scope].calls.iter().rev();
        let mut calls: Vec<Time> = recent
            .take_while(|(at, _)| *at >= from)
            .filter(|(_, operation)| is_tagging(*operation) == is_tagging(of))
            .map(|(at, _)| *at)
            .collect();
        calls.reverse();
        calls
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}
