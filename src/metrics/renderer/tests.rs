use std::{collections::BTreeMap, io::Read as _, time::SystemTime};

use flate2::bufread::GzDecoder;
use proptest::prelude::*;

use super::*;
use crate::domain::{
    Answers, EventInvokeConfig, FailureKind, FunctionOutcomes, NotListed, Outcome, Qualifier,
    Reading, ScopeFacts, ScopeReadings, Settings, Tags, TagsByFunction, TargetAnswer, Timestamp,
};

const STALE_AFTER: Duration = Duration::from_mins(30);

/// Names enough for some groups.
const FUNCTIONS: u32 = 400;

/// A fleet whose functions can be read again.
struct World {
    start: Timestamp,
    fleet: Fleet,
}

impl World {
    /// Two scopes with the same functions, all of them read.
    fn new() -> Self {
        let start = Timestamp {
            instant: Instant::now(),
            wall: SystemTime::now(),
        };
        let mut world = Self {
            start,
            fleet: Fleet::default(),
        };
        for region in ["eu-west-1", "us-east-1"] {
            for number in 0..FUNCTIONS {
                world.read(region, number, Outcome::Ok(Settings::Unconfigured), 0);
            }
        }
        world
    }

    fn at(&self, seconds: u64) -> Timestamp {
        let passed = Duration::from_secs(seconds);
        Timestamp {
            instant: self.start.instant + passed,
            wall: self.start.wall + passed,
        }
    }

    fn scope(&mut self, region: &str) -> &mut ScopeReadings {
        let scope = ScopeId {
            account: Some("123456789012".parse().unwrap()),
            region: region.parse().unwrap(),
        };
        Arc::make_mut(self.fleet.scopes.entry(scope).or_default())
    }

    fn read(&mut self, region: &str, number: u32, settings: Outcome<Settings>, seconds: u64) {
        let now = self.at(seconds);
        let answer = match settings {
            Outcome::Failed(kind) => TargetAnswer::failed(kind),
            Outcome::NotFound => TargetAnswer::not_found(),
            Outcome::Ok(settings) => TargetAnswer::ok(settings),
        };
        let answers = Answers {
            versions: BTreeMap::new(),
            function: FunctionOutcomes::default(),
            targets: [(Qualifier::latest(), answer)].into(),
            not_listed: NotListed::Deleted,
        };
        let readings = self.scope(region);
        let reading = readings.functions.entry(name(number)).or_default();
        *reading = Arc::new(Reading::clone(reading).updated_with(answers, now, STALE_AFTER));
    }

    fn tag(&mut self, region: &str, team: &str, seconds: u64) {
        let now = self.at(seconds);
        let tags = Tags::from([("team".to_owned(), team.to_owned())]);
        let tags = Arc::new(TagsByFunction::from([(name(1), tags)]));
        let readings = self.scope(region);
        let function = crate::domain::Function {
            arn: "arn".into(),
            runtime: None,
            package_type: "Zip".into(),
            dead_letter_queue: None,
        };
        let reading = readings.functions.entry(name(1)).or_default();
        *reading = Arc::new(Reading::clone(reading).listed(Outcome::Ok(function).into(), now));
        readings.facts.tags.update(Outcome::Ok(tags), now);
    }

    /// The page as of `seconds` after the start, compared with one made from scratch.
    fn render(&self, renderer: &mut Renderer, seconds: u64) -> RenderedPage {
        let now = self.at(seconds).instant;
        let page = renderer.render(&self.fleet, now);
        let from_scratch = self::renderer().render(&self.fleet, now);
        assert!(
            text(&page) == text(&from_scratch),
            "what was kept is out of date"
        );
        assert!(decoded(&page, "a 1\n") == text(&page) + "a 1\n");
        page
    }
}

fn renderer() -> Renderer {
    Renderer::new(STALE_AFTER, ["team".parse().unwrap()].into())
}

fn name(number: u32) -> FunctionName {
    format!("function-{number:05}").parse().unwrap()
}

fn retries(attempts: i32) -> Outcome<Settings> {
    Outcome::Ok(Settings::Configured(EventInvokeConfig {
        maximum_retry_attempts: Some(attempts),
        ..EventInvokeConfig::default()
    }))
}

fn text(page: &RenderedPage) -> String {
    String::from_utf8(page.plain(String::new()).to_vec()).unwrap()
}

fn decoded(page: &RenderedPage, end: &str) -> String {
    let member = page.gzip(end).to_vec();
    let mut text = String::new();
    let mut decoder = GzDecoder::new(member.as_slice());
    decoder.read_to_string(&mut text).unwrap();
    assert!(decoder.into_inner().is_empty(), "one member");
    text
}

/// How many pieces of text are new.
fn new_pieces(before: &RenderedPage, after: &RenderedPage) -> usize {
    after.addresses().difference(&before.addresses()).count()
}

/// How many pieces change with a group: one of each family about functions, and the summary.
fn one_group() -> usize {
    FAMILIES
        .iter()
        .filter(|family| family.is_about_functions())
        .count()
        + 1
}

#[test]
fn readings_with_the_same_content_change_nothing() {
    let mut world = World::new();
    let mut renderer = renderer();
    let before = world.render(&mut renderer, 0);
    let text = text(&before);
    let families = FAMILIES.iter().filter(|family| family.is_about_functions());
    let with_samples = families.filter(|family| text.contains(&format!("\n{}{{", family.name)));
    assert!(
        before.addresses().len() > 3 * with_samples.count(),
        "some groups"
    );
    for number in 0..FUNCTIONS {
        let again = Outcome::Ok(Settings::Unconfigured);
        world.read("eu-west-1", number, again, 300);
    }
    let after = world.render(&mut renderer, 300);
    assert_eq!(new_pieces(&before, &after), 1, "only the summary");
}

#[test]
fn a_change_of_one_function_changes_one_group() {
    let mut world = World::new();
    let mut renderer = renderer();
    let before = world.render(&mut renderer, 0);
    world.read("eu-west-1", 200, retries(0), 1);
    let after = world.render(&mut renderer, 1);
    assert_ne!(text(&before), text(&after));
    assert_eq!(
        new_pieces(&before, &after),
        2,
        "there is a config, and its retries"
    );

    let before = after;
    world.scope("eu-west-1").functions.remove(&name(0));
    let after = world.render(&mut renderer, 2);
    assert!(new_pieces(&before, &after) <= one_group());

    let before = after;
    world.read("eu-west-1", FUNCTIONS, retries(0), 3);
    let after = world.render(&mut renderer, 3);
    assert!(new_pieces(&before, &after) <= 2 * one_group());
}

#[test]
fn stale_values_disappear_though_nothing_is_read() {
    let mut world = World::new();
    let mut renderer = renderer();
    world.render(&mut renderer, 0);
    assert_eq!(renderer.next_stale(), None);
    world.read("eu-west-1", 7, Outcome::Failed(FailureKind::Denied), 100);
    world.read("us-east-1", 8, Outcome::Failed(FailureKind::Denied), 160);
    let series = |page: &RenderedPage| text(page).matches("config_present{").count();
    let all = usize::try_from(2 * FUNCTIONS).unwrap();

    assert_eq!(series(&world.render(&mut renderer, 200)), all);
    assert_eq!(renderer.next_stale(), Some(world.at(1900).instant));
    assert_eq!(series(&world.render(&mut renderer, 1899)), all);
    assert_eq!(series(&world.render(&mut renderer, 1900)), all - 1);
    assert_eq!(renderer.next_stale(), Some(world.at(1960).instant));
    assert_eq!(series(&world.render(&mut renderer, 1960)), all - 2);
    assert_eq!(renderer.next_stale(), None);
}

#[test]
fn tags_change_and_become_stale_without_a_reading() {
    let mut world = World::new();
    let mut renderer = renderer();
    let teams = |page: &RenderedPage| {
        let text = text(page);
        text.split("tag_team=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect::<Vec<String>>()
    };
    world.tag("eu-west-1", "payments", 0);
    assert_eq!(teams(&world.render(&mut renderer, 0)), ["payments"]);
    world.tag("eu-west-1", "search", 10);
    assert_eq!(teams(&world.render(&mut renderer, 10)), ["search"]);

    let failed_at = world.at(20);
    let readings = world.scope("eu-west-1");
    let failed = Outcome::Failed(FailureKind::Error);
    readings.facts.tags.update(failed, failed_at);
    assert_eq!(teams(&world.render(&mut renderer, 20)), ["search"]);
    assert_eq!(renderer.next_stale(), Some(world.at(1820).instant));
    // Not known is not "no such tag".
    assert_eq!(teams(&world.render(&mut renderer, 1820)), [""; 0]);
    assert_eq!(renderer.next_stale(), None);
}

/// A function without the tag has no entry among the tags, whether these are known or not.
#[test]
fn no_such_tag_shows_once_the_tags_are_known() {
    let mut world = World::new();
    let mut renderer = renderer();
    world.tag("eu-west-1", "payments", 0);
    let readings = world.scope("eu-west-1");
    // Never read.
    readings.facts = ScopeFacts::default();
    let empty = |page: &RenderedPage| text(page).matches("tag_team=\"\"").count();
    assert_eq!(empty(&world.render(&mut renderer, 0)), 0);
    let now = world.at(10);
    let readings = world.scope("eu-west-1");
    readings.facts.tags.update(Outcome::Ok(Arc::default()), now);
    assert_eq!(empty(&world.render(&mut renderer, 10)), 1);
}

#[test]
fn an_empty_fleet_is_an_empty_page() {
    let page = renderer().render(&Fleet::default(), Instant::now());
    assert_eq!(text(&page), "");
    assert_eq!(decoded(&page, "a 1\n"), "a 1\n");
    assert!(!page.is_ready(), "it is not planned");
}

#[test]
fn once_ready_always_ready() {
    let mut renderer = renderer();
    let ready = Fleet {
        scopes_known: true,
        ..Fleet::default()
    };
    let joined = Fleet {
        scopes: World::new().fleet.scopes,
        ..ready.clone()
    };
    let mut is_ready = |fleet| renderer.render(fleet, Instant::now()).is_ready();
    assert!(!is_ready(&joined), "not swept");
    assert!(is_ready(&ready));
    assert!(is_ready(&joined));
}

/// Something that happens to one function.
#[derive(Debug, Clone)]
enum Event {
    Read(u32, i32),
    Fail(u32),
    Leave(u32),
}

fn event() -> impl Strategy<Value = Event> {
    let number = 0..2 * FUNCTIONS;
    prop_oneof![
        (number.clone(), 0..3).prop_map(|(number, attempts)| Event::Read(number, attempts)),
        number.clone().prop_map(Event::Fail),
        number.prop_map(Event::Leave),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn an_updated_page_equals_one_made_from_scratch(
        rounds in proptest::collection::vec(
            (proptest::collection::vec(event(), 0..40), 1..900_u64),
            1..6,
        ),
    ) {
        let mut world = World::new();
        let mut renderer = renderer();
        let mut now = 0;
        for (events, pause) in rounds {
            for event in events {
                match event {
                    Event::Read(number, attempts) => {
                        world.read("us-east-1", number, retries(attempts), now);
                    }
                    Event::Fail(number) => {
                        let failed = Outcome::Failed(FailureKind::TimedOut);
                        world.read("us-east-1", number, failed, now);
                    }
                    Event::Leave(number) => {
                        world.scope("us-east-1").functions.remove(&name(number));
                    }
                }
            }
            world.render(&mut renderer, now);
            now += pause;
            world.render(&mut renderer, now);
        }
        prop_assert_eq!(world.fleet.scopes.len(), 2);
    }
}

#[test]
fn groups_are_near_their_size() {
    let mut world = World::new();
    let mut renderer = renderer();
    world.render(&mut renderer, 0);
    let sizes: BTreeMap<usize, usize> =
        renderer
            .groups
            .iter()
            .fold(BTreeMap::new(), |mut sizes, group| {
                *sizes.entry(group.functions.len()).or_default() += 1;
                sizes
            });
    let groups: usize = sizes.values().sum();
    assert!((4..=16).contains(&groups), "{sizes:?}");
    world.scope("eu-west-1").functions.clear();
    world.render(&mut renderer, 1);
    assert!(
        renderer.groups.len() < groups,
        "groups of functions that left are forgotten"
    );
}
