//! Whatever is imported, as a command line, an archive, a .http file or the JSON form: it is read or
//! refused, and what is read can be a request.
#![no_main]

use hookreel_shared::export::import::{curl, exchanges, har, http};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut found = Vec::new();
    if let Ok(text) = std::str::from_utf8(data) {
        found.extend(curl(text));
        found.extend(curl(&format!("curl {text} http://localhost/")));
        found.extend(http(text).into_iter().flatten());
    }
    let _ = har(data, &mut |entry| found.extend(entry));
    // These are what they were when they were written, whatever that was.
    exchanges(data).for_each(drop);
    for request in found {
        let breaks = |bytes: &[u8]| bytes.iter().any(|c| b"\r\n\0".contains(c));
        assert!(!request.method.is_empty() && !breaks(&request.method));
        assert!(!request.target.is_empty() && !breaks(&request.target));
        for header in &request.headers {
            assert!(!header.name.is_empty() && !breaks(&header.name) && !breaks(&header.value));
        }
    }
});
