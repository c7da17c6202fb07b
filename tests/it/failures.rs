//! What goes wrong is told plainly, soon, and never as a success.

mod hangups;
mod kept;
mod origins;
mod refused;
