//! The client's binary. Everything is in the library.

use std::process::ExitCode;

/// Quicker than the system's allocator on this road, and needs only a C compiler.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hookreel::cli::main()
}
