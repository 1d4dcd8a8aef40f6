//! Which connections are open, and which of them must go: a plain value that is told what happens and what time it is.
//!
//! Probes and scrapers always get a connection. Where there are too many, the one that has done nothing for longest is
//! closed in favour of the new one: first among those that wait for a request, then among those that do not read their
//! answer. No address can take all places for long: it has a limit of its own, which only a burst may exceed, and where
//! all are taken the addresses with the most connections give way.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    time::{Duration, Instant},
};

/// Connections at the same time. A Prometheus server needs one or two; the rest is for people.
const MAX: usize = 256;

/// Connections of one address: a quarter of all, since a proxy or a node can stand for many clients.
const MAX_PER_PEER: usize = 64;

/// How long a connection must have done nothing to give way to another one of its address.
const BURST: Duration = Duration::from_secs(1);

/// The same where all places are taken: a request that is on its way has come by then. A probe waits a second.
const GRACE: Duration = Duration::from_millis(250);

/// How long a request's head may take from its first byte, and how long a new connection may take to send any.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection is kept for the next request: longer than the scrape intervals in use, up to 2 minutes, so
/// that Prometheus keeps its connection.
const KEEP_ALIVE: Duration = Duration::from_secs(150);

/// How long a client may take none of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Names a connection.
pub(super) type ConnectionId = u64;

/// All connections that are open.
#[derive(Debug, Default)]
pub(super) struct Connections {
    open: BTreeMap<ConnectionId, Connection>,
    next: ConnectionId,
}

#[derive(Debug)]
struct Connection {
    peer: IpAddr,
    phase: Phase,
    /// When the phase began; when it went on, while an answer is written.
    since: Instant,
}

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// For the first request.
    New,
    /// For the next one.
    KeptAlive,
    /// For the rest of a request's head.
    Reading,
    /// For the client to take the answer.
    Writing,
}

/// What becomes of a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// It is open.
    Open(ConnectionId),
    /// It must wait until this one is closed, which is no longer counted.
    Close(ConnectionId),
    /// It must wait until then, or until another one ends.
    Wait(Instant),
}

impl Connections {
    /// A connection that came at that time asks for a place.
    pub(super) fn admit(&mut self, peer: IpAddr, came: Instant, now: Instant) -> Admission {
        let mut by_peer: BTreeMap<IpAddr, usize> = BTreeMap::new();
        for connection in self.open.values() {
            *by_peer.entry(connection.peer).or_default() += 1;
        }
        if self.open.len() >= MAX {
            let most = by_peer.values().max();
            let longest = self.idle_longest(|of| by_peer.get(&of.peer) == most);
            // Where all are busy, the new one waits no longer than that, either.
            let due = longest.map(|(id, since)| (id, since.min(came) + GRACE));
            return match due {
                Some((id, due)) if due <= now => self.close(id),
                Some((_, due)) => Admission::Wait(due),
                None => Admission::Wait(now + GRACE),
            };
        }
        if by_peer.get(&peer) >= Some(&MAX_PER_PEER)
            && let Some((id, since)) = self.idle_longest(|of| of.peer == peer)
            && now.duration_since(since) >= BURST
        {
            return self.close(id);
        }
        let id = self.next;
        self.next += 1;
        let connection = Connection {
            peer,
            phase: Phase::New,
            since: now,
        };
        self.open.insert(id, connection);
        Admission::Open(id)
    }

    /// Of some connections the first to give way, and since when it has done nothing.
    fn idle_longest(
        &self,
        is_meant: impl Fn(&Connection) -> bool,
    ) -> Option<(ConnectionId, Instant)> {
        let meant = self.open.iter().filter(|(_, of)| is_meant(of));
        let longest = meant.min_by_key(|(_, of)| (of.phase == Phase::Writing, of.since));
        longest.map(|(&id, of)| (id, of.since))
    }

    fn close(&mut self, id: ConnectionId) -> Admission {
        self.open.remove(&id);
        Admission::Close(id)
    }

    /// It has sent something. Who does not take an answer wins no time by that.
    pub(super) fn received(&mut self, id: ConnectionId, now: Instant) {
        if self.phase(id) != Some(Phase::Writing) {
            self.enter(id, Phase::Reading, now);
        }
    }

    /// An answer to it begins.
    pub(super) fn answers(&mut self, id: ConnectionId, now: Instant) {
        self.enter(id, Phase::Writing, now);
    }

    /// It has taken a part of the answer.
    pub(super) fn sent(&mut self, id: ConnectionId, now: Instant) {
        if let Some(connection) = self.open.get_mut(&id) {
            connection.since = now;
        }
    }

    /// The answer is sent, as far as it is there.
    pub(super) fn answered(&mut self, id: ConnectionId, now: Instant) {
        if self.phase(id) == Some(Phase::Writing) {
            self.enter(id, Phase::KeptAlive, now);
        }
    }

    fn phase(&self, id: ConnectionId) -> Option<Phase> {
        self.open.get(&id).map(|connection| connection.phase)
    }

    /// A phase that goes on does not begin again.
    fn enter(&mut self, id: ConnectionId, phase: Phase, now: Instant) {
        if let Some(connection) = self.open.get_mut(&id)
            && connection.phase != phase
        {
            connection.phase = phase;
            connection.since = now;
        }
    }

    /// It is closed.
    pub(super) fn remove(&mut self, id: ConnectionId) {
        self.open.remove(&id);
    }

    /// Those that have had their time, which are no longer counted.
    pub(super) fn take_expired(&mut self, now: Instant) -> Vec<ConnectionId> {
        let has_expired = |connection: &Connection| {
            now.duration_since(connection.since) >= connection.phase.timeout()
        };
        let expired = self.open.extract_if(.., |_, of| has_expired(of));
        expired.map(|(id, _)| id).collect()
    }
}

impl Phase {
    fn timeout(self) -> Duration {
        match self {
            Self::New | Self::Reading => HEAD_TIMEOUT,
            Self::KeptAlive => KEEP_ALIVE,
            Self::Writing => WRITE_TIMEOUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table, and a clock that a test sets.
    struct Table {
        connections: Connections,
        start: Instant,
        elapsed: Duration,
    }

    fn peer(n: usize) -> IpAddr {
        [10, 0, 0, u8::try_from(n).unwrap()].into()
    }

    impl Table {
        fn new() -> Self {
            Self {
                connections: Connections::default(),
                start: Instant::now(),
                elapsed: Duration::ZERO,
            }
        }

        fn now(&self) -> Instant {
            self.start + self.elapsed
        }

        fn pass(&mut self, seconds: u64) {
            self.elapsed += Duration::from_secs(seconds);
        }

        fn admit(&mut self, from: usize) -> Admission {
            let now = self.now();
            self.connections.admit(peer(from), now, now)
        }

        fn open(&mut self, from: usize) -> ConnectionId {
            match self.admit(from) {
                Admission::Open(id) => id,
                other => panic!("{other:?}"),
            }
        }

        fn opens(&mut self, from: usize, count: usize) -> Vec<ConnectionId> {
            (0..count).map(|_| self.open(from)).collect()
        }

        fn receive(&mut self, id: ConnectionId) {
            self.connections.received(id, self.now());
        }

        fn begin_answer(&mut self, id: ConnectionId) {
            self.receive(id);
            self.connections.answers(id, self.now());
        }

        fn answer(&mut self, id: ConnectionId) {
            self.begin_answer(id);
            self.connections.answered(id, self.now());
        }

        fn expired(&mut self) -> Vec<ConnectionId> {
            self.connections.take_expired(self.now())
        }
    }

    #[test]
    fn one_address_gives_way_to_itself_alone() {
        let mut table = Table::new();
        let scraper = table.open(1);
        table.answer(scraper);
        table.pass(1);
        let flood = table.opens(2, MAX_PER_PEER);
        table.pass(1);
        assert_eq!(table.admit(2), Admission::Close(flood[0]));
        table.open(2);
        assert_eq!(table.admit(2), Admission::Close(flood[1]));
        table.open(1);
    }

    #[test]
    fn where_all_places_are_taken_the_address_with_most_gives_way() {
        let mut table = Table::new();
        let scraper = table.open(1);
        table.answer(scraper);
        let flood = table.opens(2, MAX_PER_PEER);
        for from in 3..6 {
            table.opens(from, MAX_PER_PEER - 1);
        }
        table.opens(6, 2);
        table.pass(1);
        // The scraper's has been there for longest.
        assert_eq!(table.admit(7), Admission::Close(flood[0]));
        table.open(7);
    }

    #[test]
    fn a_burst_of_one_address_may_take_all_places_for_a_moment() {
        let mut table = Table::new();
        let ids = table.opens(1, MAX);
        let came = table.now();
        assert_eq!(table.admit(1), Admission::Wait(came + GRACE));
        // Progress everywhere does not keep a new one waiting.
        table.elapsed += GRACE;
        let now = table.now();
        for &id in &ids {
            table.begin_answer(id);
        }
        let admission = table.connections.admit(peer(2), came, now);
        assert_eq!(admission, Admission::Close(ids[0]));
        // What has ended makes room at once.
        table.connections.remove(ids[1]);
        table.opens(2, 2);
        table.connections.remove(ids[2]);
        // And then it gives way until it has no more than its share.
        table.pass(1);
        let mut closed = 0;
        while let Admission::Close(_) = table.admit(1) {
            closed += 1;
        }
        assert_eq!(closed, MAX - 3 - (MAX_PER_PEER - 1));
    }

    #[test]
    fn who_waits_for_a_request_gives_way_before_who_does_not_read() {
        let mut table = Table::new();
        let ids = table.opens(1, MAX_PER_PEER);
        for &id in &ids[..2] {
            table.begin_answer(id);
        }
        table.pass(1);
        for &id in &ids[3..] {
            table.answer(id);
        }
        table.pass(1);
        assert_eq!(table.admit(1), Admission::Close(ids[2]));
        table.open(1);
        assert_eq!(table.admit(1), Admission::Close(ids[3]));
    }

    #[test]
    fn of_those_that_do_not_read_the_one_that_took_nothing_for_longest_gives_way() {
        let mut table = Table::new();
        let ids = table.opens(1, MAX_PER_PEER);
        for &id in &ids {
            table.begin_answer(id);
        }
        table.pass(1);
        for &id in &ids[..5] {
            table.connections.sent(id, table.now());
        }
        table.pass(1);
        assert_eq!(table.admit(1), Admission::Close(ids[5]));
    }

    #[test]
    fn each_phase_has_its_time() {
        let mut table = Table::new();
        let [silent, slow, kept, stuck, reading] = [(); 5].map(|()| table.open(1));
        table.pass(9);
        assert!(table.expired().is_empty());
        table.receive(slow);
        table.answer(kept);
        table.begin_answer(stuck);
        table.begin_answer(reading);
        table.pass(1);
        assert_eq!(table.expired(), [silent]);
        table.pass(8);
        // One byte more wins no time.
        table.receive(slow);
        table.pass(1);
        assert_eq!(table.expired(), [slow]);
        table.pass(20);
        table.connections.sent(reading, table.now());
        assert_eq!(table.expired(), [stuck]);
        table.pass(29);
        table.receive(reading);
        assert!(table.expired().is_empty());
        table.pass(1);
        assert_eq!(table.expired(), [reading]);
        table.pass(90);
        assert_eq!(table.expired(), [kept]);
        assert!(table.connections.open.is_empty());
    }

    #[test]
    fn what_is_flushed_within_a_request_is_no_answer() {
        let mut table = Table::new();
        let id = table.open(1);
        table.receive(id);
        table.connections.answered(id, table.now());
        table.pass(10);
        assert_eq!(table.expired(), [id]);
    }
}
