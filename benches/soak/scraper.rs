//! A scraper like Prometheus, which keeps its connection.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::mpsc::Receiver,
    thread::sleep,
    time::Duration,
};

use crate::{HOUR, INTERVAL};

/// Every 15 s, at an interval of 5 minutes.
const SCRAPES: u32 = 20;
/// Between scrapes; they take some time, too.
const PAUSE: Duration = INTERVAL.checked_div(SCRAPES * 2).unwrap();

/// One scraper, and what it has done.
pub(crate) struct Scraper {
    address: SocketAddr,
    encoding: &'static str,
    connection: Option<BufReader<TcpStream>>,
    body: Vec<u8>,
    /// How often it scraped.
    pub(crate) scrapes: u64,
    /// How many connections it opened.
    pub(crate) connections: u64,
}

impl Scraper {
    /// One that accepts this encoding.
    pub(crate) fn new(address: SocketAddr, encoding: &'static str) -> Self {
        Self {
            address,
            encoding,
            connection: None,
            body: Vec::new(),
            scrapes: 0,
            connections: 0,
        }
    }

    /// Scrapes as often as Prometheus does in a sweep, for every sweep that it is told of. Once an
    /// hour it gives a scrape up and begins with another connection.
    pub(crate) fn follow(mut self, sweeps: Receiver<()>) -> Self {
        for (number, ()) in sweeps.into_iter().enumerate() {
            for _ in 0..SCRAPES {
                self.scrape();
                sleep(PAUSE);
            }
            if number % HOUR == HOUR - 1 {
                self.ask();
                self.connection = None;
            }
        }
        self
    }

    fn scrape(&mut self) {
        let encoding = self.encoding;
        let connection = self.ask();
        let length = read_head(connection, encoding);
        let mut body = std::mem::take(&mut self.body);
        body.resize(length, 0);
        self.connection().read_exact(&mut body).unwrap();
        self.body = body;
        self.scrapes += 1;
    }

    fn ask(&mut self) -> &mut BufReader<TcpStream> {
        let request = format!(
            "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {}\r\n\r\n",
            self.encoding
        );
        let connection = self.connection();
        // In one piece: the system holds a second one back until the first is acknowledged.
        connection.get_mut().write_all(request.as_bytes()).unwrap();
        connection
    }

    fn connection(&mut self) -> &mut BufReader<TcpStream> {
        self.connection.get_or_insert_with(|| {
            self.connections += 1;
            BufReader::new(TcpStream::connect(self.address).unwrap())
        })
    }
}

/// Reads the head of an answer that must be good and encoded so, and gives the length of its body.
fn read_head(connection: &mut impl BufRead, encoding: &str) -> usize {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(connection.read_line(&mut head).unwrap() > 0, "{head}");
    }
    let head = head.to_lowercase();
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    let is_compressed = head.contains("content-encoding: gzip");
    assert_eq!(is_compressed, encoding == "gzip", "{head}");
    let length = head.split("content-length: ").nth(1).unwrap();
    length.split("\r\n").next().unwrap().parse().unwrap()
}
