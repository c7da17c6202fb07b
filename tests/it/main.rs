//! All world tests, in one binary: it links once.

mod architecture;
mod cli;
mod failures;
mod live;
mod long;
mod many;
mod providers_live;
mod readme;
mod reconnect;
mod recording;
mod replay;
mod screen;
mod streaming;
mod streams;
mod verbs;
