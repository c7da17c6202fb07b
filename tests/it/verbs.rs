//! The verbs that read the history, as their users meet them: against a history that another
//! process has written, or still writes.

mod examples;
mod filling;
mod follow;
mod give;
mod named;
mod places;
mod read;
mod taking;
