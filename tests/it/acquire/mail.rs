//! A mailbox, behind Dovecot's IMAP server.

use std::os::unix::fs::chown;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tests::{Label, STREAMS, TestApp, spotify};

use super::counterpart::{Program, find, free_port};
use super::{Source, went_through};

fn message(from: &str, subject: &str, name: &str, attachment: &[u8]) -> String {
    let packed: Vec<String> = STANDARD
        .encode(attachment)
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "From: Reports <{from}>\r\nTo: label@example.test\r\nSubject: {subject}\r\nDate: Mon, 16 Feb 2026 10:00:00 +0000\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\nHello\r\n\
         --b1\r\nContent-Type: application/octet-stream; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b1--\r\n",
        packed.join("\r\n")
    )
}

fn number(flag: &str, user: &str) -> u32 {
    let out = Command::new("id").args([flag, user]).output().unwrap();
    String::from_utf8(out.stdout).unwrap().trim().parse().unwrap()
}

fn give(path: &Path, owner: (u32, u32)) {
    chown(path, Some(owner.0), Some(owner.1)).unwrap();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), owner);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_of_known_senders_are_taken_once() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "mail").await;
    let folder = tempfile::Builder::new().prefix("tunemantra-dovecot-").tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let me = Command::new("id").arg("-un").output().unwrap();
    let me = String::from_utf8(me.stdout).unwrap().trim().to_owned();
    // Dovecot reads no mail as root: then the mailbox is somebody else's.
    let owner = if me == "root" { "nobody".to_owned() } else { me.clone() };
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(at("mail").join(part)).unwrap();
    }
    let put = |name: &str, text: String| std::fs::write(at("mail/new").join(name), text).unwrap();
    put("1.a", message("reports@provider.test", "Royalty report January", "spotify_2026-01.tsv", &spotify(STREAMS)));
    put("2.b", message("stranger@elsewhere.test", "Royalty report January", "spotify_2026-02.tsv", b"evil"));
    put("3.c", message("reports@provider.test", "Invoice", "invoice.tsv", b"not wanted"));
    put("4.d", message("reports@provider.test", "Royalty report logo", "logo.png", b"not wanted"));
    let port = free_port();
    let config = format!(
        "protocols = imap\nbase_dir = {base}\nlog_path = {log}\nssl = no\ndisable_plaintext_auth = no\nlisten = 127.0.0.1\n\
         mail_location = maildir:{mail}\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n\
         default_internal_user = {me}\ndefault_internal_group = {group}\ndefault_login_user = {login}\n\
         service imap-login {{\n chroot =\n inet_listener imap {{\n  port = {port}\n }}\n inet_listener imaps {{\n  port = 0\n }}\n}}\n\
         service anvil {{\n chroot =\n}}\nservice stats {{\n chroot =\n}}\n\
         passdb {{\n driver = static\n args = password=letmein\n}}\n\
         userdb {{\n driver = static\n args = uid={owner} gid={owner_group} home={home}\n}}\n",
        base = at("run").display(),
        log = at("log").display(),
        mail = at("mail").display(),
        home = at("home").display(),
        group = String::from_utf8(Command::new("id").arg("-gn").output().unwrap().stdout).unwrap().trim(),
        login = owner,
        owner_group = number("-g", &owner),
    );
    std::fs::write(at("config"), config).unwrap();
    std::fs::create_dir(at("home")).unwrap();
    if me == "root" {
        let ids = (number("-u", &owner), number("-g", &owner));
        give(&at("mail"), ids);
        give(&at("home"), ids);
        std::os::unix::fs::chown(folder.path(), Some(ids.0), Some(ids.1)).unwrap();
    }
    let mut command = Command::new(find("dovecot"));
    command.args(["-F", "-c"]).arg(at("config")).stdout(Stdio::null()).stderr(Stdio::null());
    let mut server = Program::start(&mut command);
    server.listening(port).await;

    let input = json!({
        "name": "mail", "maxAttempts": 1,
        "method": { "mail": {
            "host": "127.0.0.1", "port": port, "isEncrypted": false, "userName": "label", "senders": ["@provider.test"],
            "subject": "royalty report", "pattern": "*.tsv",
        } },
        "credentials": [{ "name": "PASSWORD", "value": "letmein" }],
    });
    let source = Source::create(&label, input).await.enable(&label).await;
    let run = source.collect(&label, "one").await;
    let log = || std::fs::read_to_string(at("log")).unwrap_or_default();
    assert_eq!(run["state"], "SUCCEEDED", "{run}\n{}", log());
    went_through(&run);
    assert_eq!((&run["foundCount"], &run["fetchedCount"]), (&json!(1), &json!(1)), "{run}");
    assert_eq!(run["files"]["nodes"][0]["state"], "IMPORTED", "{run}");
    let run = source.collect(&label, "two").await;
    assert_eq!((&run["foundCount"], &run["fetchedCount"]), (&json!(1), &json!(0)), "{run}");

    source.set_credentials(&label, json!([{ "name": "PASSWORD", "value": "wrong" }])).await;
    let run = source.test(&label).await;
    assert_eq!(run["failure"]["code"], "SOURCE_SIGN_IN_REFUSED", "{run}");
}
