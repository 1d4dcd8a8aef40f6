//! Clients that hold connections and do nothing with them: probes and scrapes are answered all the same.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream},
    process::Command,
    time::Duration,
};

use exporter_harness::{Exporter, wait_until};
use tokio::{net::TcpSocket, runtime};

use crate::process::{aws, command, command_on, watching};

const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Connections from one of loopback's addresses.
fn hold(exporter: &Exporter, from: [u8; 4], count: usize) -> Vec<TcpStream> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let connect = || {
        let socket = TcpSocket::new_v4().unwrap();
        socket
            .bind(SocketAddr::from((Ipv4Addr::from(from), 0)))
            .unwrap();
        let stream = runtime.block_on(socket.connect(exporter.address()));
        let stream = stream.unwrap().into_std().unwrap();
        stream.set_nonblocking(false).unwrap();
        stream
    };
    (0..count).map(|_| connect()).collect()
}

fn is_closed(stream: &TcpStream) -> bool {
    let mut stream = stream;
    stream.set_nonblocking(true).unwrap();
    match stream.read(&mut [0; 1]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// One answer on a connection that is kept.
fn scrape_on(stream: &mut TcpStream) {
    stream.write_all(REQUEST).unwrap();
    let mut first = [0; 15];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    // The rest, until nothing comes for a while, may come whenever it does.
    let mut rest = Vec::new();
    wait_until(|| {
        let mut part = [0; 8192];
        let read = stream.read(&mut part).unwrap();
        rest.extend_from_slice(&part[..read]);
        rest.ends_with(b"\n") && is_whole(&rest)
    });
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let lengths = head.lines().filter_map(|line| line.split_once(": "));
    let mut lengths = lengths.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.any(|(_, length)| length.parse() == Ok(body.len()))
}

#[test]
fn a_probe_is_answered_though_one_client_holds_all_connections() {
    let aws = aws();
    let exporter = watching(command_on(&aws), &["f"]);
    let held = hold(&exporter, [127, 0, 0, 1], 300);
    for path in ["/-/healthy", "/-/ready", "/metrics"] {
        assert_eq!(exporter.get(path).status, 200, "{path}");
    }
    let open = held.iter().filter(|stream| !is_closed(stream)).count();
    assert!(open <= 256, "{open} are open");
    exporter.wait_for_log("too many connections");
    assert_eq!(exporter.logged("too many connections"), 1);
}

#[test]
fn a_scraper_keeps_its_connection_though_others_take_all_places() {
    let aws = aws();
    let exporter = watching(command_on(&aws), &["f"]);
    let mut scraper = TcpStream::connect(exporter.address()).unwrap();
    scrape_on(&mut scraper);
    let held: Vec<TcpStream> = (2..10)
        .flat_map(|n| hold(&exporter, [127, 0, 0, n], 60))
        .collect();
    assert_eq!(exporter.get("/-/healthy").status, 200);
    scrape_on(&mut scraper);
    assert!(held.iter().filter(|stream| !is_closed(stream)).count() <= 255);
}

/// Each asks for more than the system keeps for it. On a busy machine a probe may have to ask twice, as they do.
#[test]
fn a_probe_is_answered_though_others_never_read() {
    let aws = aws();
    let exporter = watching(command_on(&aws), &["f"]);
    let mut held = hold(&exporter, [127, 0, 0, 1], 260);
    let requests = REQUEST.repeat(500);
    for stream in &mut held {
        // All that it takes: the server stops to read when it cannot write, and may have closed it already.
        stream.set_nonblocking(true).unwrap();
        let _ = stream.write(&requests);
    }
    for _ in 0..3 {
        wait_until(|| is_answered(&exporter));
    }
}

fn is_answered(exporter: &Exporter) -> bool {
    let probe = || {
        let mut stream = TcpStream::connect(exporter.address())?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(REQUEST)?;
        let mut first = [0; 15];
        stream.read_exact(&mut first)?;
        Ok::<_, io::Error>(first)
    };
    probe().is_ok_and(|first| &first == b"HTTP/1.1 200 OK")
}

#[test]
fn who_sends_no_request_or_a_slow_one_is_closed() {
    let aws = aws();
    let exporter = watching(command_on(&aws), &["f"]);
    let silent = TcpStream::connect(exporter.address()).unwrap();
    let mut slow = TcpStream::connect(exporter.address()).unwrap();
    let mut kept = TcpStream::connect(exporter.address()).unwrap();
    scrape_on(&mut kept);
    slow.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
    wait_until(|| {
        // A byte now and then wins no time.
        let _ = (&slow).write(b"a");
        is_closed(&slow)
    });
    wait_until(|| is_closed(&silent));
    kept.set_nonblocking(false).unwrap();
    scrape_on(&mut kept);
}

/// Checkers such as `nc -N` close their half when they have asked.
#[test]
fn who_only_listens_after_asking_is_answered() {
    let aws = aws();
    let exporter = watching(command_on(&aws), &["f"]);
    let mut stream = TcpStream::connect(exporter.address()).unwrap();
    stream.write_all(REQUEST).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(is_whole(&answer), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn without_file_descriptors_it_waits_for_some_and_says_so_once() {
    let aws = aws();
    let mut limited = Command::new("sh");
    let program = command();
    let program = program.get_program().to_str().unwrap();
    limited.args(["-c", &format!("ulimit -n 40; exec {program} \"$@\""), "sh"]);
    let own = command_on(&aws);
    limited.env_clear();
    for (name, value) in own.get_envs() {
        limited.env(name, value.unwrap_or_default());
    }
    let exporter = watching(limited, &["f"]);
    let held = hold(&exporter, [127, 0, 0, 1], 60);
    let line = exporter.wait_for_log("cannot accept connections");
    assert!(line.contains(" WARN "), "{line}");
    drop(held);
    exporter.wait_for_log("connections can be accepted again");
    assert_eq!(exporter.get("/-/healthy").status, 200);
    let failed = exporter.logged("cannot accept connections");
    let recovered = exporter.logged("connections can be accepted again");
    assert_eq!(failed, recovered, "{:#?}", exporter.log());
    assert!(failed < 10, "{failed}");
}
