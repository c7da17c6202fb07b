//! The relay's binary. Everything is in the library.

use std::process::ExitCode;

/// Keeps idle public connections smaller than the other allocators that are as quick.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    hookreel_relay::cli::main()
}
