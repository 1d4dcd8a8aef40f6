//! When each task of a scope is due: a plain value that is told what time it is.
//!
//! Every task has a slot of its own in the interval. The slots follow the golden ratio: however
//! many there are, they lie at nearly even distances, and none moves when functions come and go. At
//! the start all are due at once; after that each waits for its slot, so that no reading grows older
//! than the interval. While some tasks of a sweep have not had their turn, no other has its next
//! one: where a sweep does not fit into the interval, it takes longer and still reads everything
//! once. Two things do not wait for the end of such a sweep. A failed task is due again sooner, and
//! such extra turns come between the others. Discovery keeps to the interval: what comes and goes
//! must show.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    time::{Duration, Instant},
};

use crate::domain::{Backoff, FunctionName};

/// Before a failed task is done again; its slot comes first if it is sooner.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_hours(24),
};

/// The golden ratio's fraction: its multiples divide a circle most evenly, wherever one stops.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Something that is to be done once a sweep.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// List the scope's functions, and their tags.
    Discover,
    /// Read this function.
    Read(FunctionName),
}

/// One turn of one task. A task that is removed and added again while it is under way has another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Turn(u64);

/// When the tasks of a scope are due.
#[derive(Debug)]
pub(super) struct Schedule {
    start: Instant,
    interval: Duration,
    /// Where in the interval the first slot lies, 0 to 1: different for every scope.
    phase: f64,
    tasks: BTreeMap<Task, Progress>,
    slots: SlotAllocator,
    /// Due in this sweep.
    due: BTreeSet<(Instant, Task)>,
    /// Due for an extra turn.
    due_extra: BTreeSet<(Instant, Task)>,
    /// Had their turn in this sweep, and are due again.
    due_next_sweep: BTreeSet<(Instant, Task)>,
    /// Whether the last turn was an extra one, so that the next one is not.
    was_extra: bool,
    last_turn: Turn,
    sweep: Sweep,
}

#[derive(Debug)]
struct Progress {
    slot: u32,
    failures: u32,
    /// The last sweep in which it had its turn; sweeps are counted from 1.
    swept_in: u64,
    /// When it is due; `None` while it is under way.
    due: Option<Instant>,
    /// Its last turn.
    turn: Option<Turn>,
    /// Whether that is before its slot: an extra turn, which does not count for the next sweep.
    extra: bool,
}

/// One round through the scope: it ends when every task had its turn.
#[derive(Debug)]
struct Sweep {
    number: u64,
    started: Option<Instant>,
    left: usize,
}

/// The numbers of the slots that are taken, from 0, without large gaps.
#[derive(Debug, Default)]
struct SlotAllocator {
    end: u32,
    free: BTreeSet<u32>,
}

impl Schedule {
    /// Without tasks yet.
    pub(super) fn new(interval: Duration, phase: f64, now: Instant) -> Self {
        Self {
            start: now,
            interval,
            phase,
            tasks: BTreeMap::new(),
            slots: SlotAllocator::default(),
            due: BTreeSet::new(),
            due_extra: BTreeSet::new(),
            due_next_sweep: BTreeSet::new(),
            was_extra: false,
            last_turn: Turn::default(),
            sweep: Sweep {
                number: 1,
                started: None,
                left: 0,
            },
        }
    }

    /// Adds a task that is due at once, before all others; nothing happens if it is there.
    pub(super) fn add(&mut self, task: Task) {
        if self.tasks.contains_key(&task) {
            return;
        }
        let progress = Progress {
            slot: self.slots.take(),
            failures: 0,
            swept_in: self.sweep.number - 1,
            due: Some(self.start),
            turn: None,
            extra: false,
        };
        self.sweep.left += 1;
        self.due.insert((self.start, task.clone()));
        self.tasks.insert(task, progress);
    }

    /// Removes a task, even while it is under way.
    pub(super) fn remove(&mut self, task: &Task) {
        let Some(progress) = self.tasks.remove(task) else {
            return;
        };
        self.slots.free(progress.slot);
        if progress.swept_in < self.sweep.number {
            self.sweep.left -= 1;
        }
        if let Some(at) = progress.due {
            self.forget_due(at, task);
        }
    }

    fn forget_due(&mut self, at: Instant, task: &Task) {
        let key = (at, task.clone());
        for due in [&mut self.due, &mut self.due_extra, &mut self.due_next_sweep] {
            due.remove(&key);
        }
    }

    /// The turn of a task that is under way.
    pub(super) fn turn(&self, task: &Task) -> Option<Turn> {
        let progress = self.tasks.get(task)?;
        progress.turn.filter(|_| progress.due.is_none())
    }

    /// When discovery is due; `None` while it is under way.
    pub(super) fn discovery_due(&self) -> Option<Instant> {
        self.tasks.get(&Task::Discover)?.due
    }

    /// When the next function is due; `None` while all are under way.
    pub(super) fn read_due(&self) -> Option<Instant> {
        let sets = [&self.due, &self.due_extra, &self.due_next_sweep];
        let firsts = sets.into_iter().filter_map(first_read);
        firsts.map(|(at, _)| at).min()
    }

    /// Whether discovery is due, which is then under way until it has [`Self::ended`].
    pub(super) fn take_discovery(&mut self, now: Instant) -> bool {
        let is_due = self.discovery_due().is_some_and(|at| at <= now);
        is_due && self.take(&Task::Discover, now).is_some()
    }

    /// Takes the function whose turn it is; [`Self::ended`] gives it back.
    pub(super) fn take_read(&mut self, now: Instant) -> Option<FunctionName> {
        let name = self.next_read(now)?;
        let progress = self.take(&Task::Read(name.clone()), now)?;
        self.was_extra = progress.extra;
        Some(name)
    }

    fn take(&mut self, task: &Task, now: Instant) -> Option<&Progress> {
        let at = self.tasks.get_mut(task)?.due.take()?;
        self.forget_due(at, task);
        self.last_turn = Turn(self.last_turn.0 + 1);
        self.sweep.started.get_or_insert(now);
        let progress = self.tasks.get_mut(task)?;
        progress.turn = Some(self.last_turn);
        Some(progress)
    }

    /// What had no turn in this sweep and extra turns, by turns; then what had its turn.
    fn next_read(&self, now: Instant) -> Option<FunctionName> {
        let first = |due| {
            let (_, name) = first_read(due).filter(|&(at, _)| at <= now)?;
            Some(name.clone())
        };
        let (in_turn, extra) = (first(&self.due), first(&self.due_extra));
        let one = if self.was_extra {
            in_turn.or(extra)
        } else {
            extra.or(in_turn)
        };
        one.or_else(|| first(&self.due_next_sweep))
    }

    /// Makes a task due at this time, unless it is due before that or under way.
    pub(super) fn run_by(&mut self, task: &Task, at: Instant) {
        let progress = self.tasks.get(task);
        let due = progress.and_then(|progress| progress.due);
        let Some(due) = due.filter(|&due| due > at) else {
            return;
        };
        self.forget_due(due, task);
        self.due_extra.insert((at, task.clone()));
        if let Some(progress) = self.tasks.get_mut(task) {
            progress.due = Some(at);
            progress.extra = true;
        }
    }

    /// A task has ended; `again_soon` if it failed for a reason that may pass. Gives the duration
    /// of the sweep if it was the last one of it.
    pub(super) fn ended(
        &mut self,
        task: &Task,
        again_soon: bool,
        now: Instant,
    ) -> Option<Duration> {
        // One that was removed and added again while it was under way is due already.
        let progress = self.tasks.get_mut(task);
        if let Some(progress) = progress.filter(|progress| progress.due.is_none()) {
            if progress.swept_in < self.sweep.number {
                progress.swept_in = self.sweep.number;
                self.sweep.left -= 1;
            } else if !progress.extra {
                progress.swept_in = self.sweep.number + 1;
            }
            let slot = next_slot(self.start, self.interval, self.phase, progress.slot, now);
            progress.failures = if again_soon { progress.failures + 1 } else { 0 };
            let pause = BACKOFF.after(progress.failures);
            progress.extra = again_soon && now + pause < slot;
            let at = if progress.extra { now + pause } else { slot };
            progress.due = Some(at);
            let due = if progress.extra {
                &mut self.due_extra
            } else {
                &mut self.due_next_sweep
            };
            due.insert((at, task.clone()));
        }
        (self.sweep.left == 0).then(|| self.end_sweep(now))
    }

    fn end_sweep(&mut self, now: Instant) -> Duration {
        self.sweep.number += 1;
        let number = self.sweep.number;
        let left = |progress: &&Progress| progress.swept_in < number;
        self.sweep.left = self.tasks.values().filter(left).count();
        let (due, early): (BTreeSet<_>, BTreeSet<_>) = mem::take(&mut self.due_next_sweep)
            .into_iter()
            .partition(|(_, task)| {
                self.tasks
                    .get(task)
                    .is_some_and(|progress| progress.swept_in < number)
            });
        self.due.extend(due);
        self.due_next_sweep = early;
        let started = self.sweep.started.take();
        started.map_or(Duration::ZERO, |started| now.duration_since(started))
    }
}

/// The first function that is due. Discovery is one task, and may come before it.
fn first_read(due: &BTreeSet<(Instant, Task)>) -> Option<(Instant, &FunctionName)> {
    due.iter().find_map(|(at, task)| match task {
        Task::Read(name) => Some((*at, name)),
        Task::Discover => None,
    })
}

/// The first slot of a slot after `now`.
fn next_slot(start: Instant, interval: Duration, phase: f64, slot: u32, now: Instant) -> Instant {
    let share = (phase + f64::from(slot) * GOLDEN).fract();
    let first = start + interval.mul_f64(share);
    if now < first {
        return first;
    }
    let since = now.duration_since(first).as_nanos() % interval.as_nanos();
    let since = u64::try_from(since).map_or(Duration::ZERO, Duration::from_nanos);
    now + interval.saturating_sub(since)
}

impl SlotAllocator {
    fn take(&mut self) -> u32 {
        self.free.pop_first().unwrap_or_else(|| {
            self.end += 1;
            self.end - 1
        })
    }

    fn free(&mut self, slot: u32) {
        self.free.insert(slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_mins(5);

    fn name(number: usize) -> FunctionName {
        format!("f{number:04}").parse().unwrap()
    }

    fn task(number: usize) -> Task {
        Task::Read(name(number))
    }

    fn schedule(tasks: usize, start: Instant) -> Schedule {
        let mut schedule = Schedule::new(INTERVAL, 0.25, start);
        (0..tasks).for_each(|number| schedule.add(task(number)));
        schedule
    }

    /// Does everything due, each task taking no time; gives what was done.
    fn do_due(schedule: &mut Schedule, now: Instant) -> Vec<Task> {
        let taken: Vec<Task> = std::iter::from_fn(|| schedule.take_read(now))
            .map(Task::Read)
            .collect();
        for task in &taken {
            schedule.ended(task, false, now);
        }
        taken
    }

    /// When each task is done, one after another as they come due, from the start on.
    fn times(schedule: &mut Schedule, until: Instant) -> Vec<(Instant, Task)> {
        let mut times = Vec::new();
        while let Some(due) = schedule.read_due().filter(|&due| due <= until) {
            for task in do_due(schedule, due) {
                times.push((due, task));
            }
        }
        times
    }

    #[test]
    fn all_at_first_then_each_once_in_every_interval() {
        let start = Instant::now();
        let mut schedule = schedule(7, start);
        assert_eq!(do_due(&mut schedule, start).len(), 7);
        let times = times(&mut schedule, start + INTERVAL * 4);
        assert_eq!(times.len(), 28);
        for number in 0..7 {
            let mut of_errand = times
                .iter()
                .filter(|(_, done)| *done == task(number))
                .map(|(at, _)| *at);
            let mut before = of_errand.next().unwrap();
            assert!(before <= start + INTERVAL);
            for at in of_errand {
                assert!((at - before).abs_diff(INTERVAL) < Duration::from_millis(1));
                before = at;
            }
        }
    }

    #[test]
    fn slots_lie_at_nearly_even_distances_however_many_there_are() {
        for tasks in [2, 3, 10, 100, 777] {
            let start = Instant::now();
            let mut schedule = schedule(tasks, start);
            do_due(&mut schedule, start);
            let mut times: Vec<Instant> = times(&mut schedule, start + INTERVAL)
                .into_iter()
                .map(|(at, _)| at)
                .collect();
            assert_eq!(times.len(), tasks);
            times.push(times[0] + INTERVAL);
            let even = INTERVAL.as_secs_f64() / f64::from(u32::try_from(tasks).unwrap());
            for pair in times.windows(2) {
                let share = (pair[1] - pair[0]).as_secs_f64() / even;
                assert!(
                    (0.35..1.95).contains(&share),
                    "{share} of the even distance, {tasks} tasks"
                );
            }
        }
    }

    #[test]
    fn what_is_new_comes_first_and_moves_no_other() {
        let start = Instant::now();
        let mut schedule = schedule(3, start);
        assert_eq!(schedule.take_read(start), Some(name(0)));
        let later = start + INTERVAL * 2;
        schedule.add(task(9));
        assert_eq!(schedule.take_read(later), Some(name(1)));
        schedule.ended(&task(1), false, later);
        let due = schedule.tasks[&task(1)].due;
        schedule.add(task(5));
        assert_eq!(schedule.take_read(later), Some(name(2)));
        assert_eq!(schedule.take_read(later), Some(name(5)));
        assert_eq!(schedule.tasks[&task(1)].due, due);
    }

    #[test]
    fn what_is_gone_is_never_due_again() {
        let start = Instant::now();
        let mut schedule = schedule(3, start);
        schedule.take_read(start).unwrap();
        // One under way, one due; the third one is then the whole sweep.
        schedule.remove(&task(0));
        schedule.remove(&task(1));
        assert_eq!(schedule.ended(&task(0), false, start), None);
        assert_eq!(schedule.take_read(start), Some(name(2)));
        let end = start + Duration::from_secs(3);
        assert_eq!(
            schedule.ended(&task(2), false, end),
            Some(Duration::from_secs(3))
        );
        let times = times(&mut schedule, start + INTERVAL * 3);
        assert!(times.iter().all(|(_, done)| *done == task(2)));
    }

    #[test]
    fn a_failed_errand_is_due_sooner_and_less_and_less_so() {
        let start = Instant::now();
        let mut schedule = Schedule::new(INTERVAL, 0.0, start);
        schedule.add(task(0));
        let mut now = start;
        let mut pauses = Vec::new();
        for _ in 0..7 {
            schedule.take_read(now).unwrap();
            schedule.ended(&task(0), true, now);
            let due = schedule.read_due().unwrap();
            pauses.push((due - now).as_secs());
            now = due;
        }
        // The slot at 300 s comes before the pause of 160 s ends, and so does the one at 600 s.
        assert_eq!(pauses, [5, 10, 20, 40, 80, 145, 300]);
        schedule.take_read(now).unwrap();
        schedule.ended(&task(0), false, now);
        now = schedule.read_due().unwrap();
        schedule.take_read(now).unwrap();
        schedule.ended(&task(0), true, now);
        assert_eq!(schedule.read_due().unwrap() - now, Duration::from_secs(5));
    }

    #[test]
    fn a_sweep_ends_when_every_errand_had_its_turn() {
        let start = Instant::now();
        let mut schedule = schedule(2, start);
        let second = |n| start + Duration::from_secs(n);
        schedule.take_read(second(0)).unwrap();
        schedule.take_read(second(1)).unwrap();
        assert_eq!(schedule.ended(&task(0), true, second(2)), None);
        // Its second turn does not stand in for the other's first.
        assert_eq!(schedule.take_read(second(7)), Some(name(0)));
        assert_eq!(schedule.ended(&task(0), false, second(8)), None);
        assert_eq!(
            schedule.ended(&task(1), false, second(9)),
            Some(Duration::from_secs(9))
        );
    }

    /// Ten times as many tasks as fit: each still has its turn once in every sweep.
    #[test]
    fn a_sweep_that_does_not_fit_takes_longer_and_does_nothing_twice() {
        let start = Instant::now();
        let mut schedule = schedule(100, start);
        let mut now = start;
        let mut sweeps = 0;
        let mut turns = vec![0; 100];
        while sweeps < 5 {
            let name = schedule.take_read(now).unwrap();
            turns[name.as_str()[1..].parse::<usize>().unwrap()] += 1;
            let task = Task::Read(name);
            now += Duration::from_secs(30);
            if let Some(duration) = schedule.ended(&task, false, now) {
                sweeps += 1;
                assert_eq!(duration, Duration::from_mins(50));
                assert!(turns.iter().all(|&turns| turns == sweeps), "{turns:?}");
            }
        }
    }

    #[test]
    fn a_missed_slot_is_not_made_up_for() {
        let start = Instant::now();
        let mut schedule = Schedule::new(INTERVAL, 0.0, start);
        schedule.add(task(0));
        do_due(&mut schedule, start);
        let late = start + INTERVAL * 3 + Duration::from_secs(1);
        assert_eq!(do_due(&mut schedule, late), [task(0)]);
        assert_eq!(schedule.read_due(), Some(start + INTERVAL * 4));
    }

    #[test]
    fn run_by_makes_it_due_sooner_and_its_slot_stays() {
        let start = Instant::now();
        let mut schedule = schedule(2, start);
        do_due(&mut schedule, start);
        let slot = schedule.tasks[&task(1)].due;
        let now = start + Duration::from_secs(1);
        schedule.run_by(&task(1), now);
        assert_eq!(do_due(&mut schedule, now), [task(1)]);
        assert_eq!(schedule.tasks[&task(1)].due, slot);
        schedule.take_read(slot.unwrap()).unwrap();
        // Under way or unknown, there is nothing to make due.
        schedule.run_by(&task(0), start + INTERVAL);
        schedule.run_by(&task(7), start + INTERVAL);
    }
}
