//! As much HTTP/1.1 as the routing proxy needs: heads, and bodies of known length, chunked, or up
//! to the end of the connection.

use std::io::{Error, ErrorKind, Result};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};

/// A head longer than this is not one.
const MAX_HEAD: usize = 256 * 1024;

/// The first line and the headers of a request or an answer.
#[derive(Clone, Debug)]
pub struct Head {
    /// `POST / HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub first_line: String,
    /// In order, names as they came.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// Reads one; `None` when the connection ended before it.
    pub async fn read(from: &mut (impl AsyncBufReadExt + Unpin)) -> Result<Option<Self>> {
        let mut lines = Vec::new();
        let mut size = 0;
        loop {
            let mut line = Vec::new();
            let n = from.read_until(b'\n', &mut line).await?;
            size += n;
            if size > MAX_HEAD {
                return Err(Error::new(ErrorKind::InvalidData, "a head without an end"));
            }
            if n == 0 {
                return if lines.is_empty() { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
            }
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            match (line.is_empty(), lines.is_empty()) {
                (true, true) => {}
                (true, false) => break,
                (false, _) => lines.push(line),
            }
        }
        let headers = lines[1..]
            .iter()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        Ok(Some(Self { first_line: lines.swap_remove(0), headers }))
    }

    /// A header's value, its name in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether a header holds this word in its comma list.
    pub fn says(&self, name: &str, word: &str) -> bool {
        self.get(name).is_some_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
    }

    /// Drops a header, sets it when there is a value.
    pub fn set(&mut self, name: &str, value: Option<String>) {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.extend(value.map(|value| (name.to_owned(), value)));
    }

    /// The method of a request.
    pub fn method(&self) -> &str {
        self.first_line.split(' ').next().unwrap_or_default()
    }

    /// The path of a request, with its query.
    pub fn target(&self) -> &str {
        self.first_line.split(' ').nth(1).unwrap_or_default()
    }

    /// The status of an answer; 0 if it has none.
    pub fn status(&self) -> u16 {
        self.first_line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
    }

    /// As it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.first_line);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.into_bytes()
    }

    fn length(&self) -> Option<u64> {
        self.get("content-length")?.parse().ok()
    }
}

/// An answer's whole body.
pub async fn whole_body(head: &Head, from: &mut (impl AsyncBufReadExt + Unpin)) -> Result<Vec<u8>> {
    if head.length().is_some() || head.says("transfer-encoding", "chunked") {
        return request_body(head, from).await;
    }
    let mut body = Vec::new();
    from.read_to_end(&mut body).await?;
    Ok(body)
}

/// A request's whole body: chunks are taken apart, trailers dropped.
pub async fn request_body(head: &Head, from: &mut (impl AsyncBufReadExt + Unpin)) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    if head.says("transfer-encoding", "chunked") {
        loop {
            let size = chunk_size(&line(from).await?)?;
            if size == 0 {
                while !line(from).await?.is_empty() {}
                break;
            }
            (&mut *from).take(size).read_to_end(&mut body).await?;
            line(from).await?;
        }
    } else if let Some(length) = head.length() {
        (&mut *from).take(length).read_to_end(&mut body).await?;
        if (body.len() as u64) < length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(body)
}

/// Passes an answer's body on as it comes, so that streams stay streams (Live Tail).
///
/// Tells whether the client's connection can take another answer after it.
pub async fn pass_on(
    head: &Head,
    to_head_request: bool,
    from: &mut (impl AsyncBufReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
) -> Result<bool> {
    if to_head_request || matches!(head.status(), 204 | 304) {
        return Ok(true);
    }
    if head.says("transfer-encoding", "chunked") {
        loop {
            let told = line(from).await?;
            let size = chunk_size(&told)?;
            to.write_all(format!("{told}\r\n").as_bytes()).await?;
            if size == 0 {
                break;
            }
            pass_bytes(size + 2, from, to).await?;
        }
        loop {
            let trailer = line(from).await?;
            to.write_all(format!("{trailer}\r\n").as_bytes()).await?;
            if trailer.is_empty() {
                to.flush().await?;
                return Ok(true);
            }
        }
    }
    if let Some(length) = head.length() {
        pass_bytes(length, from, to).await?;
        return Ok(true);
    }
    tokio::io::copy(from, to).await?;
    Ok(false)
}

async fn pass_bytes(
    mut left: u64,
    from: &mut (impl AsyncBufReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
) -> Result<()> {
    while left > 0 {
        let there = from.fill_buf().await?;
        if there.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let n = there.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        to.write_all(&there[..n]).await?;
        from.consume(n);
        left -= n as u64;
    }
    to.flush().await
}

async fn line(from: &mut (impl AsyncBufReadExt + Unpin)) -> Result<String> {
    let mut line = String::new();
    if from.read_line(&mut line).await? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn chunk_size(line: &str) -> Result<u64> {
    let digits = line.split(';').next().unwrap_or_default().trim();
    u64::from_str_radix(digits, 16).map_err(|_| Error::new(ErrorKind::InvalidData, "not a chunk size"))
}
