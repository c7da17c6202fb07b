//! What gets in, as README.md has it.

use hookreel::config::secrets;
use hookreel_shared::provider::Secret;

use super::shell;
use crate::cli::peers::{Server, post};
use crate::cli::process::Home;

pub fn checks(line: &str) {
    let (home, server) = (Home::new(), Server::answering());
    let line = line.replace("3000", &server.port());
    let ended = shell(&home, &line).end();
    ended.with(2, &["hookreel secret set stripe"]);
    let own = Secret::new("stripe", "default", "whsec_test");
    let set = secrets::update(&home.path().join("credentials.toml"), |all| {
        all.secrets.push(own);
    });
    set.expect("the secret is set");
    let client = shell(&home, &line);
    let ready = client.line();
    let url = ready.split(' ').next().expect("an address");
    let answer = post(url, "/", "{}").answer();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}
