//! The relay's binary. Everything is in the library.

use std::process::ExitCode;

/// Keeps an idle public connection at half the memory the system's allocator needs.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    hookreel_relay::cli::main()
}
