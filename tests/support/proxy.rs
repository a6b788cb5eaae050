//! The routing proxy: one endpoint for all of AWS. It sends each call to the emulator that answers
//! it best, counts it, and plays faults.
//!
//! Everything is kept by account (the access key), so tests running side by side in one process
//! share the proxy without seeing each other.

use std::collections::HashMap;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::calls::{Call, Question};
use super::emulators::Emulator;
use super::faults::{Fault, Match, Planned, Spoil};
use super::forms::{Protocol, Refusal};
use super::routing::{self, Controls};
use super::wire::{self, Head};

/// Stands once in each query of a `GetMetricData`.
const METRIC: &[u8] = b"MetricStat";

#[derive(Default)]
struct Tenant {
    calls: Vec<Call>,
    faults: Vec<Planned>,
    /// What a script plays, before all other faults.
    script: Vec<Planned>,
    routes: HashMap<String, Emulator>,
    controls: Controls,
    /// The account's own clock: what a test's paused clock shows.
    clock: watch::Sender<Duration>,
    /// When that clock began; without it answers keep the emulators' dates.
    began: Option<chrono::DateTime<chrono::Utc>>,
    /// How many of its calls are being answered now; one that is held or met with silence is not.
    busy: usize,
}

/// What becomes of a connection after an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// It takes another request.
    Keep,
    /// It is closed.
    Close,
    /// It is reset.
    Reset,
    /// It stays as it is until the client leaves.
    Silence,
}

/// A call that is being answered.
struct Busy<'p>(&'p Proxy, &'p str);

impl<'p> Busy<'p> {
    fn new(proxy: &'p Proxy, account: &'p str) -> Self {
        proxy.tenant(account, |tenant| tenant.busy += 1);
        Self(proxy, account)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.tenant(self.1, |tenant| tenant.busy -= 1);
    }
}

#[derive(Default)]
struct State {
    addresses: HashMap<Emulator, SocketAddr>,
    tenants: HashMap<String, Tenant>,
}

/// The proxy, running in a thread of its own until the process ends.
#[derive(Clone)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    /// Starts it on a free loopback port.
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let address = listener.local_addr().expect("its address");
        listener.set_nonblocking(true).expect("a non-blocking listener");
        let proxy = Self { address, state: Arc::default() };
        let own = proxy.clone();
        // A runtime of its own, so that it goes on while a test blocks in its runtime or has none.
        let serve = move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime for the proxy")
                .block_on(own.accept(listener));
        };
        std::thread::Builder::new().name("proxy".into()).spawn(serve).expect("a thread for the proxy");
        proxy
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells where an emulator is.
    pub fn set_address(&self, emulator: Emulator, address: SocketAddr) {
        self.state().addresses.insert(emulator, address);
    }

    /// Sends a service of one account somewhere else than usual.
    pub fn route(&self, account: &str, service: &str, emulator: Emulator) {
        self.tenant(account, |tenant| tenant.routes.insert(service.to_owned(), emulator));
    }

    /// Plays a fault on an account's calls, the first planned first; `times` `None` means always.
    pub fn fault(&self, account: &str, when: Match, fault: Fault, times: Option<u32>) {
        self.tenant(account, |tenant| tenant.faults.push(Planned { when, fault, left: times }));
    }

    /// Plays these on an account's calls, in place of those played before; they come before all other faults.
    pub fn play(&self, account: &str, script: Vec<Planned>) {
        self.tenant(account, |tenant| tenant.script = script);
    }

    /// Dates an account's answers by its own clock, which begins now.
    pub fn begin(&self, account: &str, began: chrono::DateTime<chrono::Utc>) {
        self.tenant(account, |tenant| tenant.began = Some(began));
    }

    /// Puts an account's own clock forward.
    pub fn pass(&self, account: &str, time: Duration) {
        self.tenant(account, |tenant| tenant.clock.send_modify(|now| *now += time));
    }

    /// How many calls of an account are being answered now.
    pub fn busy(&self, account: &str) -> usize {
        self.tenant(account, |tenant| tenant.busy)
    }

    /// Ends an account's faults.
    pub fn clear_faults(&self, account: &str) {
        self.tenant(account, |tenant| tenant.faults.clear());
    }

    /// The calls of an account since it began or they were forgotten, in order of their ends.
    pub fn calls(&self, account: &str) -> Vec<Call> {
        self.tenant(account, |tenant| tenant.calls.clone())
    }

    /// Forgets the calls of an account.
    pub fn forget_calls(&self, account: &str) {
        self.tenant(account, |tenant| tenant.calls.clear());
    }

    /// Gives an account these routing controls, or looks at those that it has.
    pub fn controls<T>(&self, account: &str, act: impl FnOnce(&mut Controls) -> T) -> T {
        self.tenant(account, |tenant| act(&mut tenant.controls))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tenant<T>(&self, account: &str, act: impl FnOnce(&mut Tenant) -> T) -> T {
        act(self.state().tenants.entry(account.to_owned()).or_default())
    }

    async fn accept(self, listener: std::net::TcpListener) {
        let listener = TcpListener::from_std(listener).expect("the listener joins the runtime");
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                let proxy = self.clone();
                tokio::spawn(async move {
                    // A client that goes away in the middle is its own affair.
                    let _ = proxy.serve(stream).await;
                });
            }
        }
    }

    /// One client's connection, request after request.
    async fn serve(self, mut stream: TcpStream) -> Result<()> {
        stream.set_nodelay(true)?;
        let (read, write) = stream.split();
        let (mut read, mut write) = (BufReader::new(read), BufWriter::new(write));
        let mut then = Then::Keep;
        while then == Then::Keep
            && let Some(head) = Head::read(&mut read).await?
        {
            if head.says("expect", "100-continue") {
                write.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
                write.flush().await?;
            }
            let body = wire::request_body(&head, &mut read).await?;
            then = self.answer(&head, &body, &mut write).await?;
            write.flush().await?;
            if then == Then::Keep && head.says("connection", "close") {
                then = Then::Close;
            }
        }
        if then == Then::Silence {
            // Until the client gives up: then there is an end to read.
            read.fill_buf().await?;
        }
        if then == Then::Reset {
            stream.set_zero_linger()?;
        }
        Ok(())
    }

    /// Answers one request.
    async fn answer(&self, head: &Head, body: &[u8], to: &mut (impl AsyncWriteExt + Unpin)) -> Result<Then> {
        let began = Instant::now();
        let question = Question::of(head, body);
        let mut busy = Some(Busy::new(self, &question.account));
        let mut clock = self.tenant(&question.account, |tenant| tenant.clock.subscribe());
        let at = *clock.borrow();
        let epoch = self.tenant(&question.account, |tenant| tenant.began);
        let record = |status: u16, faulted: bool| {
            // Read off the body whatever the protocol is: each query names its metric once.
            let metrics = body.windows(METRIC.len()).filter(|word| *word == METRIC).count();
            let call = Call { question: question.clone(), status, faulted, metrics, took: began.elapsed(), at };
            self.tenant(&question.account, |tenant| tenant.calls.push(call));
        };
        let (mut faulted, mut spoil) = (false, None);
        if let Some(fault) = self.next_fault(&question) {
            faulted = true;
            match fault {
                Fault::Drop | Fault::Reset | Fault::Silence => {
                    record(0, true);
                    return Ok(match fault {
                        Fault::Drop => Then::Close,
                        Fault::Reset => Then::Reset,
                        _ => Then::Silence,
                    });
                }
                Fault::Answer { status, headers, body } => {
                    record(status, true);
                    return answer_instead(status, headers, &body, to).await;
                }
                Fault::Refuse(refusal) => {
                    let (status, code, message) = refusal.words(&question.service);
                    let (mut headers, body) = Protocol::of(&question, head).error(code, message);
                    if refusal == Refusal::Skewed {
                        headers.push(("Date".to_owned(), date(epoch, at, 3600)));
                    }
                    record(status, true);
                    return answer_instead(status, headers, &body, to).await;
                }
                Fault::Huge(bytes) => {
                    record(200, true);
                    return huge(Protocol::of(&question, head), bytes, to).await;
                }
                Fault::Spoil(how) => spoil = Some(how),
                Fault::Delay(time) => tokio::time::sleep(time).await,
                Fault::Hold(time) => {
                    drop(busy.take());
                    // The lab lives as long as the process, and the clock with it.
                    let _ = clock.wait_for(|now| *now >= at + time).await;
                    busy = Some(Busy::new(self, &question.account));
                }
            }
        }
        if question.service == "route53-recovery-cluster" {
            let play = |controls: &mut Controls| routing::answer(controls, &question.operation, body);
            let (status, body) = self.controls(&question.account, play);
            record(status, faulted);
            let headers = vec![("Content-Type".to_owned(), "application/x-amz-json-1.0".to_owned())];
            return answer_instead(status, headers, body.to_string().as_bytes(), to).await;
        }
        let (mut answer, mut from) = match self.ask(&question, head, body).await {
            Ok(asked) => asked,
            Err(error) => {
                record(502, faulted);
                let text = format!("the proxy cannot ask an emulator: {error}");
                return answer_instead(502, Vec::new(), text.as_bytes(), to).await;
            }
        };
        // Before the answer goes out, so that whoever has the answer finds the call counted.
        record(answer.status(), faulted);
        if epoch.is_some() {
            answer.set("Date", Some(date(epoch, *clock.borrow(), 0)));
        }
        if let Some(how) = spoil {
            let dated = if let Spoil::Dated(seconds) = how { Some(date(epoch, at, seconds)) } else { None };
            answer.set("Date", dated.or(answer.get("date").map(str::to_owned)));
            let body = wire::whole_body(&answer, &mut from).await?;
            return spoilt(how, answer, body, to).await;
        }
        to.write_all(&answer.bytes()).await?;
        let keep = wire::pass_on(&answer, head.method() == "HEAD", &mut from, to).await?;
        drop(busy);
        Ok(if keep { Then::Keep } else { Then::Close })
    }

    fn next_fault(&self, question: &Question) -> Option<Fault> {
        self.tenant(&question.account, |tenant| {
            let mut all = tenant.script.iter_mut().chain(&mut tenant.faults);
            let planned = all.find(|planned| planned.when.holds(question) && planned.left != Some(0))?;
            planned.left = planned.left.map(|left| left - 1);
            Some(planned.fault.clone())
        })
    }

    /// Sends the request on and reads the head of the answer.
    async fn ask(&self, question: &Question, head: &Head, body: &[u8]) -> Result<(Head, BufReader<TcpStream>)> {
        let emulator = self.emulator_for(question);
        let address = self
            .state()
            .addresses
            .get(&emulator)
            .copied()
            .ok_or_else(|| Error::new(ErrorKind::NotConnected, format!("{emulator:?} is not started")))?;
        let mut head = head.clone();
        head.set("Expect", None);
        head.set("Transfer-Encoding", None);
        // One connection a call: an emulator that closes an idle one would look like a fault.
        head.set("Connection", Some("close".into()));
        let bodiless = body.is_empty() && matches!(head.method(), "GET" | "HEAD" | "DELETE");
        head.set("Content-Length", (!bodiless).then(|| body.len().to_string()));
        // moto alone does not take the access key for the account.
        let account = &question.account;
        if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
            head.set("x-moto-account-id", Some(account.clone()));
        }
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut request = head.bytes();
        request.extend_from_slice(body);
        stream.write_all(&request).await?;
        let mut from = BufReader::new(stream);
        loop {
            let mut answer = Head::read(&mut from).await?.ok_or(ErrorKind::UnexpectedEof)?;
            if answer.status() != 100 {
                // That was between us and the emulator; the client's connection is another one.
                answer.set("Connection", None);
                let endless = answer.get("content-length").is_none() && answer.get("transfer-encoding").is_none();
                answer.set("Connection", endless.then(|| "close".to_owned()));
                return Ok((answer, from));
            }
        }
    }

    fn emulator_for(&self, question: &Question) -> Emulator {
        let own = self.tenant(&question.account, |tenant| tenant.routes.get(&question.service).copied());
        own.unwrap_or_else(|| usual_emulator(&question.service))
    }
}

/// Who answers a service best, by its signing name.
pub fn usual_emulator(service: &str) -> Emulator {
    match service {
        "route53" | "rds" | "ce" | "budgets" | "xray" => Emulator::Moto,
        _ => Emulator::Ministack,
    }
}

async fn answer_instead(
    status: u16,
    mut headers: Vec<(String, String)>,
    body: &[u8],
    to: &mut (impl AsyncWriteExt + Unpin),
) -> Result<Then> {
    headers.push(("Content-Length".into(), body.len().to_string()));
    let head = Head { first_line: format!("HTTP/1.1 {status} Played"), headers };
    to.write_all(&head.bytes()).await?;
    to.write_all(body).await?;
    Ok(Then::Keep)
}

/// Passes a whole answer on, damaged.
async fn spoilt(how: Spoil, mut head: Head, body: Vec<u8>, to: &mut (impl AsyncWriteExt + Unpin)) -> Result<Then> {
    let half = &body[..body.len() / 2];
    let sent = if how == Spoil::Cut { half.len() } else { body.len() };
    head.set("Transfer-Encoding", None);
    head.set("Connection", None);
    head.set("Content-Length", Some(sent.to_string()));
    match how {
        Spoil::Html => head.set("Content-Type", Some("text/html".into())),
        Spoil::Half | Spoil::Cut | Spoil::Dated(_) => {}
    }
    to.write_all(&head.bytes()).await?;
    to.write_all(if matches!(how, Spoil::Half | Spoil::Cut) { half } else { &body }).await?;
    Ok(if how == Spoil::Half { Then::Silence } else { Then::Keep })
}

/// A date as HTTP writes it, so many seconds from now: by the account's own clock, where it has one.
#[allow(clippy::disallowed_methods)]
fn date(began: Option<chrono::DateTime<chrono::Utc>>, at: Duration, seconds: i64) -> String {
    let now = began.map_or_else(chrono::Utc::now, |began| began + at);
    (now + chrono::TimeDelta::seconds(seconds)).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// An answer that begins well and goes on with blanks, in chunks: nothing says beforehand how long it is.
async fn huge(protocol: Protocol, bytes: u64, to: &mut (impl AsyncWriteExt + Unpin)) -> Result<Then> {
    let headers = vec![
        ("Content-Type".to_owned(), protocol.content_type().to_owned()),
        ("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned()),
        ("Transfer-Encoding".to_owned(), "chunked".to_owned()),
    ];
    to.write_all(&Head { first_line: "HTTP/1.1 200 Played".into(), headers }.bytes()).await?;
    let blanks = vec![b' '; 64 * 1024];
    let mut left = bytes;
    while left > 0 {
        let n = left.min(blanks.len() as u64);
        to.write_all(format!("{n:x}\r\n").as_bytes()).await?;
        to.write_all(&blanks[..n as usize]).await?;
        to.write_all(b"\r\n").await?;
        left -= n;
    }
    to.write_all(b"0\r\n\r\n").await?;
    Ok(Then::Keep)
}
