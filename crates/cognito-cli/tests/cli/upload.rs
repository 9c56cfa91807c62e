//! Faults of the upload of an import job: a server between the command and the emulator makes them.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::import::{check, import, plain, write};
use crate::import_job::{job, users};
use crate::support::{Folder, Pool, Ran, run, without_pool};

/// What the server does with an upload.
#[derive(Clone, Debug)]
enum Upload {
    /// Closes the connection before it reads the file.
    CutRequest,
    /// Closes the connection after it has read the file.
    CutReply,
    Status(u16),
    /// Redirects with this status to this URL.
    Redirect(u16, String),
    /// Passes the file on to the emulator.
    Store,
}

/// A server that passes requests on to an emulator, except for uploads.
struct Front {
    endpoint: String,
    /// What the server does with the next uploads.
    uploads: Arc<Mutex<VecDeque<Upload>>>,
}

impl Front {
    async fn start(pool: &Pool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let uploads = Arc::new(Mutex::new(VecDeque::new()));
        let (own, behind) = (endpoint.clone(), pool.emulator.endpoint().to_owned());
        let plan = Arc::clone(&uploads);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (own, behind, plan) = (own.clone(), behind.clone(), Arc::clone(&plan));
                // The command can close the connection at any time.
                tokio::spawn(async move { serve(stream, &own, &behind, &plan).await.ok() });
            }
        });
        Self { endpoint, uploads }
    }

    /// Runs an import by a job. `uploads` says what the server does with the uploads, all of which
    /// must take place.
    async fn import(&self, pool: &Pool, file: &Path, options: &[&str], uploads: &[Upload]) -> Ran {
        *self.uploads.lock().unwrap() = uploads.iter().cloned().collect();
        let mut command = without_pool(&import(file, &job(options)));
        command.args(["--pool", pool.emulator.user_pool_id()]);
        command.args(["--endpoint-url", &self.endpoint]);
        let ran = run(command).await;
        let left = self.uploads.lock().unwrap().len();
        assert_eq!(left, 0, "{ran:?}");
        for secret in ["X-Amz-Signature", "import-jobs"] {
            assert!(!ran.stderr.contains(secret), "{ran:?}");
        }
        ran
    }
}

/// Responds to one request.
async fn serve(
    mut stream: TcpStream,
    own: &str,
    behind: &str,
    plan: &Mutex<VecDeque<Upload>>,
) -> std::io::Result<()> {
    let mut request = Vec::new();
    let end = loop {
        if let Some(at) = request.windows(4).position(|part| part == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    };
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let upload = head
        .starts_with("put ")
        .then(|| plan.lock().unwrap().pop_front().expect("a planned upload"));
    if matches!(upload, Some(Upload::CutRequest)) {
        return Ok(());
    }
    let length = head.split("content-length: ").nth(1);
    let length = length.and_then(|rest| rest.lines().next()?.trim().parse().ok());
    while request.len() < end + length.unwrap_or(0_usize) {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let (status, location) = match upload {
        Some(Upload::CutReply) => return Ok(()),
        Some(Upload::Status(status)) => (status, String::new()),
        Some(Upload::Redirect(status, url)) => (status, format!("location: {url}\r\n")),
        _ => return pass_on(stream, &request, end, own, behind).await,
    };
    let reply = format!(
        "HTTP/1.1 {status} Fault\r\n{location}content-length: 0\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(reply.as_bytes()).await
}

/// Sends a request to the emulator, and its response to the command. The response then has the URL
/// of this server. Both URLs have the same length, because both ports have five digits.
async fn pass_on(
    mut stream: TcpStream,
    request: &[u8],
    end: usize,
    own: &str,
    behind: &str,
) -> std::io::Result<()> {
    let mut emulator = TcpStream::connect(behind.trim_start_matches("http://")).await?;
    let head = &request[..end - 2];
    let close = b"connection: close\r\n\r\n";
    emulator
        .write_all(&[head, close, &request[end..]].concat())
        .await?;
    let mut reply = Vec::new();
    emulator.read_to_end(&mut reply).await?;
    let reply = String::from_utf8_lossy(&reply).replace(behind, own);
    stream.write_all(reply.as_bytes()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_upload_is_repeated() {
    let (pool, folder) = (plain().await, Folder::new("upload-repeated"));
    pool.emulator.create_group("g");
    let file = write(&folder, "users.csv", &users(""));
    let front = Front::start(&pool).await;
    let uploads = [
        Upload::CutRequest,
        Upload::CutReply,
        Upload::Status(503),
        Upload::Store,
    ];
    let ran = front.import(&pool, &file, &[], &uploads).await;
    check(&ran, 0, &[("created", 2)]);
    assert_eq!(pool.emulator.calls("CreateUserImportJob"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lasting_fault_of_upload_is_resumed() {
    let (pool, folder) = (plain().await, Folder::new("upload-lasting"));
    pool.emulator.create_group("g");
    let file = write(&folder, "users.csv", &users(""));
    let front = Front::start(&pool).await;
    let retries = ["--max-retries", "1"];
    let uploads = [Upload::Status(503), Upload::Status(503)];
    let ran = front.import(&pool, &file, &retries, &uploads).await;
    ran.check(1, "status 503");
    let resume = ["--max-retries", "1", "--resume"];
    let uploads = [Upload::CutReply, Upload::CutRequest];
    let ran = front.import(&pool, &file, &resume, &uploads).await;
    ran.check(
        1,
        "the connection failed; run the command again with --resume",
    );
    let ran = front.import(&pool, &file, &resume, &[Upload::Store]).await;
    check(&ran, 0, &[("created", 2)]);
    assert_eq!(pool.emulator.calls("CreateUserImportJob"), 1);
}

/// A new job has a new URL.
#[tokio::test(flavor = "multi_thread")]
async fn expired_upload_url_needs_new_job() {
    let (pool, folder) = (plain().await, Folder::new("upload-expired"));
    pool.emulator.create_group("g");
    let file = write(&folder, "users.csv", &users(""));
    let front = Front::start(&pool).await;
    let ran = front
        .import(&pool, &file, &[], &[Upload::Status(403)])
        .await;
    ran.check(1, "status 403; run the command again with --resume");
    assert_eq!(pool.emulator.calls("StartUserImportJob"), 0);
    let uploads = [Upload::Status(403), Upload::Store];
    let ran = front.import(&pool, &file, &["--resume"], &uploads).await;
    check(&ran, 0, &[("created", 2)]);
    assert_eq!(pool.emulator.calls("CreateUserImportJob"), 2);
}

/// The file has personal data and password hashes, so another host must not get it.
#[tokio::test(flavor = "multi_thread")]
async fn upload_follows_no_redirect() {
    let (pool, folder) = (plain().await, Folder::new("upload-redirect"));
    pool.emulator.create_group("g");
    let file = write(&folder, "users.csv", &users(""));
    let front = Front::start(&pool).await;
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/users.csv", other.local_addr().unwrap());
    for status in [301, 302, 303, 307, 308] {
        let resume: &[&str] = if status == 301 { &[] } else { &["--resume"] };
        let uploads = [Upload::Redirect(status, url.clone())];
        let ran = front.import(&pool, &file, resume, &uploads).await;
        ran.check(1, "redirected");
    }
    let connected = timeout(Duration::from_millis(1), other.accept()).await;
    assert!(connected.is_err(), "{connected:?}");
    let ran = front
        .import(&pool, &file, &["--resume"], &[Upload::Store])
        .await;
    check(&ran, 0, &[("created", 2)]);
}
