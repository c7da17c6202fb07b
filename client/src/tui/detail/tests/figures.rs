//! Figures, by hand, on a quiet machine; nothing is done otherwise:
//! `HOOKREEL_FIGURES=1 cargo test --release -p hookreel --lib detail::tests::figures -- --nocapture`

use std::time::Instant;

use super::*;

#[test]
fn first_sight() {
    if std::env::var_os("HOOKREEL_FIGURES").is_none() {
        return;
    }
    let mib = 1 << 20;
    let record =
        r#"{"id":"evt_0123456789","type":"charge.succeeded","amount":4200,"tags":["a","b"]},"#;
    let deep = "[".repeat(100_000) + "7" + &"]".repeat(100_000);
    for (name, kind, body) in [
        ("100 MiB in one line", "text/plain", vec![b'x'; 100 * mib]),
        (
            "a million lines",
            "text/plain",
            b"0123456789\n".repeat(1_000_000),
        ),
        ("20 MiB of 0xff", "text/plain", vec![0xff; 20 * mib]),
        ("JSON, 100 000 deep", "application/json", deep.into_bytes()),
        (
            "JSON, 25 MiB",
            "application/json",
            format!("[{}1]", record.repeat(300_000)).into_bytes(),
        ),
        (
            "JSON, 2 MiB of [1,1,…",
            "application/json",
            format!("[{}1]", "1,".repeat(mib)).into_bytes(),
        ),
        (
            "XML, 10 MiB",
            "text/xml",
            format!("<a>{}</a>", "<b>one</b>".repeat(mib)).into_bytes(),
        ),
        (
            "latin1, 20 MiB",
            "text/plain; charset=latin1",
            vec![0xe4; 20 * mib],
        ),
        (
            "form, 4 MiB",
            "application/x-www-form-urlencoded",
            b"a=1&".repeat(mib),
        ),
    ] {
        let exchange = exchange(1, kind, body);
        let begun = Instant::now();
        let mut state = shown(exchange, 120, 40);
        let show = begun.elapsed();
        let mut times = Vec::new();
        for message in [
            Msg::Down,
            Msg::Bottom,
            Msg::SearchSet("zz".into()),
            Msg::Wrap,
            Msg::Top,
        ] {
            let begun = Instant::now();
            press(&mut state, [message]);
            times.push(begun.elapsed());
        }
        let mut paint = Terminal::new(TestBackend::new(120, 40)).unwrap();
        let begun = Instant::now();
        paint
            .draw(|frame| view(&state, frame, frame.area(), &Theme::default(), true))
            .unwrap();
        println!(
            "{name:24} show {show:?}, down, bottom, search, wrap, top {times:?}, paint {:?}",
            begun.elapsed()
        );
    }
}
