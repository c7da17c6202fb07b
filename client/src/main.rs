//! The client's binary. Everything is in the library.

use std::process::ExitCode;

/// Costs an eighth less processor time a request than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hookreel::cli::main()
}
