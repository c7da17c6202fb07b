//! The developer's own keys, while tunnels run.

use std::sync::PoisonError;

use tokio::task::spawn_blocking;

use super::commands::Desk;
use crate::certificate::Served;
use crate::config::{self, Known};
use crate::replay::{Refusal, ResignError, Why};

/// That there are no keys, and what makes them here.
pub(super) fn none(provider: &str) -> String {
    format!("only {provider} itself can sign; :dev-key makes a key of your own")
}

/// [`none`], if that is why a request was not sent.
pub(super) fn short(why: &Why) -> Option<String> {
    match why {
        Why::Refused(Refusal::Resign(ResignError::NoKey(provider))) => Some(none(provider)),
        _ => None,
    }
}

impl Desk {
    /// The developer's own keys, if there are any. Their certificate stays where it is for as long
    /// as the client runs: a server may look at it later.
    pub(super) fn keys(&self, known: &Known) -> Option<Served> {
        let own = known.development.as_ref()?.own()?;
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let is_other = |served: &Served| !served.is_of(own);
        if served.as_ref().is_none_or(is_other) {
            *served = Some(Served::new(own));
        }
        served.clone()
    }

    /// Makes them, because the user says so.
    pub(super) async fn make_keys(&self) {
        let Some(providers) = self.recorder.providers() else {
            return self.tell(false, "there is nothing that could be signed".to_owned());
        };
        if providers.now().development.is_some() {
            let text = "there is a development key already; hookreel secret show-dev-key PROVIDER \
                        prints its public half";
            return self.tell(true, text.to_owned());
        }
        let path = providers.credentials().to_owned();
        let made = spawn_blocking(move || config::development(&path)).await;
        match made {
            Ok(Ok(_)) => self.tell(
                true,
                "your development key is made: hookreel secret show-dev-key PROVIDER prints its \
                 public half, for your server to accept what it signs"
                    .to_owned(),
            ),
            Ok(Err(error)) => self.tell(false, error.to_string()),
            Err(error) => self.tell(false, error.to_string()),
        }
    }
}
