//! What is set: in files, in the environment, by flags; and where each value comes from.

mod layers;
mod place;
mod settings;

pub use layers::{ConfigError, Layers, Source};
pub use place::Places;
pub use settings::{DEFAULT_FILE, Output, Settings};
