//! HTTP as far as it is needed: one request on a connection of its own.

use std::{
    borrow::Cow,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use crate::PATIENCE;

/// An answer.
pub struct Answer {
    /// Its status code.
    pub status: u16,
    /// In lower case.
    pub headers: String,
    /// Its body.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self
            .headers
            .lines()
            .filter_map(|line| line.split_once(": "));
        headers.find_map(|(found, value)| (found == name).then_some(value))
    }

    /// Its body as a text; what is none is replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    fn parse(mut answer: Vec<u8>) -> Self {
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let bytes = answer.split_off(end.expect("an answer has headers") + 4);
        let headers = String::from_utf8(answer).unwrap().to_lowercase();
        let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
        Self {
            status,
            headers,
            bytes,
        }
    }
}

pub(crate) fn request(to: SocketAddr, method: &str, path: &str, headers: &[&str]) -> Answer {
    let own = ["Host: localhost", "Connection: close"];
    let headers = own.iter().chain(headers);
    let headers: String = headers.flat_map(|header| [*header, "\r\n"]).collect();
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // In one piece: the system holds a second one back until the first is acknowledged.
    let request = format!("{method} {path} HTTP/1.1\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    Answer::parse(answer)
}
