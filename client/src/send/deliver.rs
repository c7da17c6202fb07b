//! One delivery: sent, and sent again until the server takes it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hookreel_shared::model::{Exchange, ExchangeId, Headers, Side};
use hookreel_shared::net::wall_clock;
use hookreel_shared::provider::samples::{self, Again};
use hookreel_shared::provider::{Draft, Row, SignError};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::SendError;
use super::make::{draft, fresh, head};
use super::place::Place;
use super::signer::{Signed, Signer};
use crate::certificate::Served;
use crate::config::Known;
use crate::forward::Forwarder;

/// A request that is to be delivered.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// What the provider calls the event.
    pub event: String,
    /// What is special about it, for people.
    pub label: Option<String>,
    /// The request.
    pub draft: Draft,
    /// Whether it is signed anew for each attempt; if not, it stays as it is.
    pub signs: bool,
    /// What the provider adds from the second attempt on.
    pub again: Again,
}

/// Where deliveries go, and what they are signed with.
#[derive(Clone)]
pub struct Sending {
    /// The way to the server.
    pub forwarder: Arc<Forwarder>,
    /// What they say of where they came to.
    pub place: Place,
    /// The provider.
    pub row: Row,
    /// What they are signed with.
    pub signer: Signer,
}

/// A request that was sent.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Which delivery it belongs to; the first is 1.
    pub delivery: u32,
    /// Which of that delivery it is; the first is 1.
    pub number: u32,
    /// The provider's row.
    pub provider: String,
    /// What the provider calls the event.
    pub event: String,
    /// What is special about it, for people.
    pub label: Option<String>,
    /// How it was signed, if it was for this attempt.
    pub signed: Option<Signed>,
    /// What came of it.
    pub exchange: Exchange,
}

impl Attempt {
    /// Whether the server took it: a 2xx, and no failure.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        let head = self.exchange.response.as_ref();
        self.exchange.failure().is_none()
            && head.is_some_and(|head| (200..300).contains(&head.status))
    }

    /// Whether there was no connection to the server at all.
    #[must_use]
    pub fn is_unreached(&self) -> bool {
        let failure = self.exchange.failure();
        failure.is_some_and(|failure| failure.side == Side::Origin)
            && self.exchange.sent_at.is_none()
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sent {} {} → ", self.provider, self.event)?;
        match (self.exchange.failure(), &self.exchange.response) {
            (Some(failure), _) => write!(f, "{failure}")?,
            (None, Some(head)) => write!(f, "{}", head.status)?,
            (None, None) => f.write_str("no answer")?,
        }
        match &self.signed {
            Some(signed) => write!(f, "; {signed}"),
            None => Ok(()),
        }
    }
}

impl Sending {
    /// Whether the provider signs the address.
    fn signs_addresses(&self) -> bool {
        let is_signed = !matches!(self.signer, Signer::Nobody);
        is_signed && self.row.scheme.iter().any(|own| own.signed.has_url())
    }

    /// Sends a delivery after the first of these delays, and again after each of the others until
    /// it is taken. `number` is which delivery it is. The delivery's id stays the same, the time
    /// in the signature is that of the attempt. Once `stop` is cancelled no more are made.
    ///
    /// # Errors
    /// [`SignError`]; nothing was sent then.
    pub async fn deliver(
        &self,
        number: u32,
        delivery: &Delivery,
        delays: &[Duration],
        stop: &CancellationToken,
        mut each: impl FnMut(Attempt),
    ) -> Result<(), SignError> {
        let id = fresh();
        let origin = self.forwarder.options().address.authority();
        let mut first: Option<ExchangeId> = None;
        for (at, delay) in delays.iter().enumerate() {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = sleep(*delay) => {}
            }
            let now = wall_clock();
            let mut draft = delivery.draft.clone();
            if at > 0 {
                delivery.again.mark(&mut draft, at);
            }
            let signed = match delivery.signs {
                true => self.signer.sign(&self.row, &mut draft, now, &id)?,
                false => None,
            };
            let own = ExchangeId::from_uuid(Uuid::now_v7());
            let url = String::from_utf8_lossy(&draft.request().url).into_owned();
            let signed_for = self.signs_addresses().then(|| Arc::from(url));
            let head = head(&draft, &self.place, &origin, own, now);
            let sending =
                (self.forwarder).once(head, draft.body, Headers::new(), first, signed_for);
            let exchange = sending.await;
            first.get_or_insert(own);
            let attempt = Attempt {
                delivery: number,
                number: u32::try_from(at + 1).unwrap_or(u32::MAX),
                provider: self.row.id.clone(),
                event: delivery.event.clone(),
                label: delivery.label.clone(),
                signed,
                exchange,
            };
            let taken = attempt.is_taken();
            each(attempt);
            if taken {
                break;
            }
        }
        Ok(())
    }
}

/// Sends one sample once, signed with what is known of its provider.
///
/// # Errors
/// [`SendError`]; nothing was sent then.
pub async fn trigger(
    forwarder: &Arc<Forwarder>,
    place: &Place,
    known: &Known,
    keys: Option<Served>,
    provider: &str,
    event: &str,
) -> Result<Attempt, SendError> {
    let sample = samples::get(provider, event)?;
    let row = known.table.get(provider);
    let row = row.ok_or_else(|| SendError::Provider(provider.to_owned()))?;
    let signer = match sample.signed {
        true => Signer::find(row, known, keys, &place.name, None)?,
        false => Signer::Nobody,
    };
    let sending = Sending {
        forwarder: Arc::clone(forwarder),
        place: place.clone(),
        row: row.clone(),
        signer,
    };
    let delivery = Delivery {
        draft: draft(&sample, place, wall_clock()),
        event: sample.event,
        label: None,
        signs: true,
        again: sample.again,
    };
    let mut sent = None;
    let stop = CancellationToken::new();
    let once = [Duration::ZERO];
    let keep = |attempt| sent = Some(attempt);
    sending.deliver(1, &delivery, &once, &stop, keep).await?;
    // One delay is one attempt, and nobody else has the token that stops it.
    sent.ok_or_else(|| SendError::Provider(provider.to_owned()))
}
