//! PayPal, which signs with a key that only it has: its certificates, and one of the user's own.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Stdio;
use std::thread;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use serde_json::Value;

use super::rig::{Seen, set};
use crate::cli::peers::message;
use crate::cli::process::{Home, Process};
use crate::replay::rig::Stage;

const WEBHOOK: &str = "1JE4291016473214C";
const URL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270";
const BODY: &str = "{\"id\":\"WH-1\",\"event_type\":\"PAYMENT.CAPTURE.COMPLETED\"}";

/// Whoever has PayPal's key.
struct Signer {
    key: RsaKeyPair,
    pem: String,
}

impl Signer {
    fn new() -> Self {
        let pair = KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key");
        let names = vec!["messageverificationcerts.paypal.com".to_owned()];
        let own = CertificateParams::new(names).expect("a name");
        Self {
            key: RsaKeyPair::from_pkcs8(&pair.serialize_der()).expect("a key"),
            pem: own.self_signed(&pair).expect("a certificate").pem(),
        }
    }

    /// Field lines of a webhook that names this certificate.
    fn sign(&self, body: &str, url: &str) -> String {
        let (id, time) = (
            "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
            "2026-02-18T20:01:35Z",
        );
        let signed = format!("{id}|{time}|{WEBHOOK}|{}", crc32(body.as_bytes()));
        let mut made = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        let signing = self
            .key
            .sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut made);
        signing.expect("a signature");
        format!(
            "Content-Type: application/json\r\nPAYPAL-TRANSMISSION-ID: {id}\r\n\
             PAYPAL-TRANSMISSION-TIME: {time}\r\nPAYPAL-AUTH-ALGO: SHA256withRSA\r\n\
             PAYPAL-CERT-URL: {url}\r\nPAYPAL-TRANSMISSION-SIG: {}\r\n",
            STANDARD.encode(made)
        )
    }
}

/// As the standard says (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            let odd = 0_u32.wrapping_sub(sum & 1);
            (sum >> 1) ^ (0xedb8_8320 & odd)
        })
    })
}

/// The verdict and why, as programs get them.
#[track_caller]
fn verified(home: &Home, code: i32, flags: &[&str]) -> (String, String) {
    let ended = home.run(&[&["verify", "@1", "--json"], flags].concat());
    ended.with(code, &[]);
    let line: Value = serde_json::from_str(ended.out.trim()).expect("JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&line["report"]["verdict"]), text(&line["why"]))
}

#[test]
fn with_the_certificate_that_the_user_gives_it_is_checked_as_any_other() {
    let (stage, signer) = (Stage::new(), Signer::new());
    set(&stage.home, &["paypal"], WEBHOOK).with(0, &[]);
    let fields = signer.sign(BODY, URL);
    stage.post("/hooks", fields.as_bytes(), BODY.as_bytes());
    let (verdict, why) = verified(&stage.home, 6, &[]);
    assert_eq!(verdict, "unchecked", "{why}");
    let said = stage.run(&["verify", "@1"]);
    assert!(
        said.out.contains("hookreel verify ID --fetch-certificate"),
        "{said:?}"
    );

    set(&stage.home, &["paypal", "--certificate", URL], &signer.pem)
        .with(0, &["paypal certificate: set; good until "]);
    assert_eq!(verified(&stage.home, 0, &[]).0, "good", "what came before");
    stage.post("/hooks", fields.as_bytes(), BODY.as_bytes());
    let listed = stage.run(&["ls", "--json", "verdict:good"]);
    assert_eq!(
        listed.out.lines().count(),
        2,
        "this and the one before: {listed:?}"
    );
    let other = BODY.replace("WH-1", "WH-2");
    stage.post("/hooks", fields.as_bytes(), other.as_bytes());
    assert_eq!(verified(&stage.home, 6, &[]).0, "bad", "another body");
    let forged = Signer::new().sign(BODY, URL);
    stage.post("/hooks", forged.as_bytes(), BODY.as_bytes());
    assert_eq!(verified(&stage.home, 6, &[]).0, "bad", "another key");
    let elsewhere = signer.sign(BODY, &format!("{URL}2"));
    stage.post("/hooks", elsewhere.as_bytes(), BODY.as_bytes());
    assert_eq!(
        verified(&stage.home, 6, &[]).0,
        "unchecked",
        "another certificate"
    );

    let list = stage.run(&["secret", "list"]);
    assert!(
        list.out
            .contains(&format!("paypal  certificate  {URL}  until ")),
        "{list:?}"
    );
    let list = stage.run(&["secret", "list", "--json"]);
    assert!(list.out.contains("\"type\":\"certificate\""), "{list:?}");
    stage
        .run(&["secret", "rm", "paypal", "--certificate", URL])
        .with(0, &["1 taken away"]);
    stage.run(&["secret", "list"]).with(0, &[]);
    assert!(!stage.run(&["secret", "list"]).out.contains("certificate"));
}

#[test]
fn only_what_can_be_a_certificate_of_paypals_is_kept() {
    let (home, signer) = (Home::new(), Signer::new());
    for url in [
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://evil.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com@evil.example/CERT-1",
        "https://api.paypal.com.evil.example/CERT-1",
    ] {
        set(&home, &["paypal", "--certificate", url], &signer.pem).with(
            2,
            &["--certificate: PayPal has its certificates at https://"],
        );
    }
    let key = KeyPair::generate().expect("a key");
    let elliptic = CertificateParams::new(Vec::new()).expect("none");
    let elliptic = elliptic.self_signed(&key).expect("a certificate").pem();
    for (text, said) in [
        ("", "PEM"),
        (&key.serialize_pem(), "private key"),
        (&elliptic, "RSA"),
    ] {
        let ended = set(&home, &["paypal", "--certificate", URL], text);
        ended.with(2, &[said]);
        assert!(!format!("{ended:?}").contains(text.lines().nth(1).unwrap_or("none")));
    }
    set(&home, &["stripe", "--certificate", URL], &signer.pem).with(2, &["Stripe"]);
    assert_eq!(home.run(&["secret", "list"]).out, "");
}

#[test]
fn what_a_stranger_names_is_never_fetched_not_even_when_asked_to() {
    let (stage, signer) = (Stage::new(), Signer::new());
    set(&stage.home, &["paypal"], WEBHOOK).with(0, &[]);
    let trap = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    trap.set_nonblocking(true).expect("a mode");
    let address = trap.local_addr().expect("an address");
    for url in [
        format!("http://{address}/v1/notifications/certs/CERT-1"),
        format!("https://{address}/v1/notifications/certs/CERT-1"),
        format!("https://api.paypal.com@{address}/v1/notifications/certs/CERT-1"),
    ] {
        let fields = signer.sign(BODY, &url);
        stage.post("/hooks", fields.as_bytes(), BODY.as_bytes());
        stage.origin.next();
        let ended = stage.run(&["verify", "@1", "--fetch-certificate"]);
        ended.with(6, &["is not fetched: PayPal has its certificates at"]);
        stage.replay(0, &["@1"]);
    }
    let nobody = trap.accept().expect_err("nobody comes");
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_replay_that_nobody_here_can_sign_says_so() {
    let (stage, signer) = (Stage::new(), Signer::new());
    set(&stage.home, &["paypal"], WEBHOOK).with(0, &[]);
    let fields = signer.sign(BODY, URL);
    stage.post("/hooks", fields.as_bytes(), BODY.as_bytes());
    let said = |lines: Vec<Value>| {
        assert_eq!(lines[0]["resigned"]["done"], false, "{lines:?}");
        lines[0]["resigned"]["text"]
            .as_str()
            .expect("a text")
            .to_owned()
    };
    let text = said(stage.replay(0, &["label:live"]));
    assert!(text.contains("certificate is not at hand"), "{text}");
    set(&stage.home, &["paypal", "--certificate", URL], &signer.pem).with(0, &[]);
    let text = said(stage.replay(0, &["label:live"]));
    assert!(text.contains("only PayPal itself can sign"), "{text}");
    assert!(text.contains("--resign uses a key of your own"), "{text}");
}

/// A server as one is set up for a try: it takes the certificate from where a request says,
/// if that is this machine; answers what the check says.
fn checking() -> (u16, thread::JoinHandle<Vec<(bool, String)>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let checking = thread::spawn(move || {
        let mut found = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().expect("a request");
            let bytes = message(&mut stream).expect("a request");
            let seen = Seen::read(&bytes);
            let pem = get(seen.field("paypal-cert-url"));
            found.push((is_signed(&seen, &pem), pem));
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).expect("it is read");
        }
        found
    });
    (port, checking)
}

/// What is at an address on this machine.
fn get(url: &str) -> String {
    let rest = url.strip_prefix("http://").expect("this machine");
    let (host, path) = rest.split_at(rest.find('/').expect("a path"));
    let mut stream = TcpStream::connect(host).expect("it listens");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .expect("it is asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 "), "{answer}");
    body.to_owned()
}

/// As PayPal says that it is to be checked, with the key of this certificate.
fn is_signed(seen: &Seen, pem: &str) -> bool {
    let text: String = pem.lines().filter(|line| !line.contains("-----")).collect();
    let der = STANDARD.decode(text).expect("base64");
    let read = rustls::pki_types::CertificateDer::from(der);
    let parsed = rustls::server::ParsedCertificate::try_from(&read).expect("a certificate");
    let spki = parsed.subject_public_key_info();
    let (id, time) = (
        seen.field("paypal-transmission-id"),
        seen.field("paypal-transmission-time"),
    );
    let signed = format!("{id}|{time}|{WEBHOOK}|{}", crc32(seen.body.as_bytes()));
    let signature = STANDARD
        .decode(seen.field("paypal-transmission-sig"))
        .expect("base64");
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &spki[..])
        .verify(signed.as_bytes(), &signature)
        .is_ok()
}

#[test]
fn what_is_signed_here_names_a_certificate_that_is_really_there() {
    let (stage, signer) = (Stage::new(), Signer::new());
    set(&stage.home, &["paypal"], WEBHOOK).with(0, &[]);
    let fields = signer.sign(BODY, URL);
    stage.post("/hooks", fields.as_bytes(), BODY.as_bytes());
    let shown = stage.run(&["secret", "show-dev-key", "paypal"]);
    shown.with(0, &[]);
    assert!(
        shown.out.starts_with("-----BEGIN CERTIFICATE-----\n"),
        "{shown:?}"
    );
    let (port, checking) = checking();
    let to = format!("http://127.0.0.1:{port}/hooks");
    let again = stage.replay(0, &["label:live", "--resign", "--to", &port.to_string()]);
    let text = again[0]["resigned"]["text"].as_str().expect("a text");
    assert!(
        text.contains("; its certificate is at http://127.0.0.1:"),
        "{text}"
    );
    let event = "PAYMENT.CAPTURE.COMPLETED";
    let sent = stage.run(&["trigger", "paypal", event, "--to", &to]);
    sent.with(0, &[]);
    assert!(
        sent.out.contains("its certificate is at http://127.0.0.1:"),
        "{sent:?}"
    );
    for (is_signed, pem) in checking.join().expect("it checks") {
        assert!(is_signed);
        assert_eq!(pem, shown.out, "what is served is what is printed");
    }
    let listed = stage.run(&["ls", "verdict:good"]);
    assert_eq!(
        listed.out.lines().count(),
        2,
        "both are good by that key: {listed:?}"
    );
}

#[test]
fn the_gate_takes_paypal_once_its_certificate_is_there() {
    let (home, signer) = (Home::new(), Signer::new());
    set(&home, &["paypal"], WEBHOOK).with(0, &[]);
    let refused = home.run(&["http", "1", "--verify", "paypal"]);
    refused.with(2, &["hookreel verify provider:paypal --fetch-certificate"]);
    set(&home, &["paypal", "--certificate", URL], &signer.pem).with(0, &[]);
    let origin = crate::replay::rig::Origin::new();
    let port = origin.port.to_string();
    let mut command = home.hookreel(&["http", &port, "--json", "--verify", "paypal"]);
    command.stdin(Stdio::null());
    let client = Process::start(command);
    let url = client.json("ready")["url"]
        .as_str()
        .expect("a URL")
        .to_owned();
    let send = |body: &str| {
        let fields = signer.sign(BODY, URL);
        crate::cli::peers::send(&url, "/hooks", fields.as_bytes(), body.as_bytes()).answer()
    };
    send("{\"id\":\"WH-2\"}");
    assert_eq!(origin.more(), 0, "another body");
    send(BODY);
    assert_eq!(Seen::read(&origin.next()).body, BODY);
}
