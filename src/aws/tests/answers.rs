//! Answers that are too long.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{environment::chain, *};
use crate::{
    domain::{CallError, CallFailure, FailureKind},
    port::Lambda,
};

const MB: usize = 1024 * 1024;

/// Answers each request with an empty list of functions and spaces behind it, and counts what it could send.
struct Server {
    address: String,
    sent: Arc<AtomicUsize>,
}

impl Server {
    /// The spaces in megabytes; the answer says how long it is, or comes in chunks.
    async fn start(spaces: usize, chunked: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // The client closes in the midst of it.
                let _ = answer(stream, spaces, chunked, &counted).await;
            }
        });
        Self { address, sent }
    }

    async fn list_functions(&self) -> Result<usize, CallFailure> {
        let chain = chain(&[
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", &self.address),
            ("AWS_CONFIG_FILE", "/nonexistent"),
        ])
        .await;
        let config = chain.load().await.unwrap();
        let metrics = ExporterMetrics::new();
        let session = Session::new(&config, Box::new(chain), metrics.api());
        let scope = scope(OWN, "us-east-1");
        let lambda = session.lambda(&scope, &Credentials::Ambient, false);
        match lambda.list_functions(None).await {
            Ok(page) => Ok(page.items.len()),
            Err(CallError::Failed(failure)) => Err(failure),
            Err(CallError::NotFound) => panic!("not found"),
        }
    }
}

async fn answer(
    mut stream: TcpStream,
    spaces: usize,
    chunked: bool,
    sent: &AtomicUsize,
) -> std::io::Result<()> {
    let _ = stream.read(&mut vec![0; 16 * 1024]).await?;
    let list = r#"{"Functions":[]}"#;
    let length = if chunked {
        format!(
            "transfer-encoding: chunked\r\n\r\n{:x}\r\n{list}\r\n",
            list.len()
        )
    } else {
        let length = list.len().saturating_add(spaces.saturating_mul(MB));
        format!("content-length: {length}\r\n\r\n{list}")
    };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{length}");
    stream.write_all(head.as_bytes()).await?;
    let megabyte = " ".repeat(MB);
    for _ in 0..spaces {
        if chunked {
            let chunk = format!("{MB:x}\r\n{megabyte}\r\n");
            stream.write_all(chunk.as_bytes()).await?;
        } else {
            stream.write_all(megabyte.as_bytes()).await?;
        }
        sent.fetch_add(MB, Ordering::Relaxed);
    }
    if chunked {
        stream.write_all(b"0\r\n\r\n").await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_long_answer_is_read() {
    for chunked in [false, true] {
        let server = Server::start(7, chunked).await;
        assert_eq!(server.list_functions().await, Ok(0), "{chunked}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_a_failure_and_is_not_read_on() {
    for (spaces, chunked) in [(usize::MAX, true), (9, true), (9, false), (4096, false)] {
        let server = Server::start(spaces, chunked).await;
        let failure = server.list_functions().await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Error, "{failure}");
        let said = "the answer is longer than 8 MB";
        assert!(failure.message.contains(said), "{failure}");
        // What is on its way is more than what was read.
        let sent = server.sent.load(Ordering::Relaxed);
        assert!(sent < 32 * MB, "{sent}");
    }
}
