//! What is set: in files, in the environment, by flags; and where each value comes from.

mod amount;
mod layers;
mod own;
mod place;
mod providers;
pub mod secrets;
mod settings;

pub use amount::{Age, Size};
pub use layers::{ConfigError, Layers, Source};
pub use own::{Development, Own, OwnError, development};
pub use place::Places;
pub use providers::{About, Asked, Known, NoLabel, Providers, ProvidersError};
pub use settings::{DEFAULT_FILE, History, Output, Settings};
