//! Figures, by hand, on a quiet machine; nothing is done otherwise:
//! `HOOKREEL_FIGURES=1 cargo test --release -p hookreel --lib figures -- --nocapture --test-threads 1`

use std::time::Instant;

use super::*;

fn wanted() -> bool {
    std::env::var_os("HOOKREEL_FIGURES").is_some()
}

fn body() -> Bytes {
    let line = "{\"id\":\"evt_0123456789\",\"type\":\"charge.succeeded\",\"amount\":4200},\n";
    line.bytes().cycle().take(2048).collect::<Vec<_>>().into()
}

/// Rows as the writer's thread writes them, `at_once` in a transaction, with pages of 4 to 16 KiB.
#[test]
fn pages() {
    const COUNT: u64 = 40_000;
    if !wanted() {
        return;
    }
    for at_once in [10, 100, 600] {
        for page_size in [4096_u32, 8192, 16_384] {
            let history = History::new();
            let mut connection = schema::open_sized(&history.place, page_size).unwrap();
            let bodies = history.place.bodies();
            let mut log = log::Log::default();
            let mut batch = pack::Batch::default();
            let body = body();
            let mut slowest = Duration::ZERO;
            let begun = Instant::now();
            for n in 0..COUNT {
                batch.put(exchange(n, body.clone()).into()).unwrap();
                if batch.jobs.len() == at_once {
                    let one = Instant::now();
                    insert::batch(&mut connection, &bodies, &mut log, &batch).unwrap();
                    slowest = slowest.max(one.elapsed());
                    batch.clear();
                }
            }
            let each = begun.elapsed() / u32::try_from(COUNT).unwrap();
            let begun = Instant::now();
            while words::step(&mut connection, &bodies).unwrap() {}
            let words = begun.elapsed() / u32::try_from(COUNT).unwrap();
            drop(connection);
            let size = std::fs::metadata(history.place.database()).unwrap().len() / COUNT;
            let begun = Instant::now();
            let reader = history.reader();
            let opened = begun.elapsed();
            let begun = Instant::now();
            let none = reader
                .page(&[], Cursor::Newest, 1, |row| row.marked)
                .unwrap();
            println!(
                "{at_once:4} at once, pages of {page_size:5}: {each:?} each, slowest batch \
                 {slowest:?}, {size} bytes each, index {words:?} each, open {opened:?}, \
                 all rows {:?}",
                begun.elapsed()
            );
            assert!(none.is_empty());
        }
    }
}

/// What the writer's thread costs while exchanges of 2 KiB come at a steady rate.
#[cfg(target_os = "linux")]
#[test]
fn the_thread_under_load() {
    const COUNT: u64 = 100_000;
    if !wanted() {
        return;
    }
    for a_second in [15_000, 1_000] {
        let count = COUNT.min(a_second * 10);
        let history = History::new();
        let writer = history.writer();
        filled_by(&writer, 0);
        let (cpu, written) = (thread_time("history"), bytes_written());
        let begun = Instant::now();
        let (_never, timer) = std::sync::mpsc::channel::<()>();
        for n in 1..=count {
            filled_by(&writer, n);
            let due = Duration::from_secs(n) / u32::try_from(a_second).unwrap();
            if let Some(early) = due.checked_sub(begun.elapsed())
                && early > Duration::from_millis(1)
            {
                let _ = timer.recv_timeout(early);
            }
        }
        let each = u32::try_from(count).unwrap();
        println!(
            "{a_second} a second: {:?} of the thread, {} bytes each, {} unrecorded",
            (thread_time("history") - cpu) / each,
            (bytes_written() - written) / count,
            writer.unrecorded(),
        );
    }
}

#[cfg(target_os = "linux")]
fn filled_by(writer: &Writer, n: u64) {
    writer.put(exchange(n, body()).into());
}

/// How long the threads of this name have run.
#[cfg(target_os = "linux")]
fn thread_time(name: &str) -> Duration {
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap_or_default();
    std::fs::read_dir("/proc/self/task")
        .unwrap()
        .map(|task| task.unwrap().path())
        .filter(|task| read(task.join("comm")).trim() == name)
        .filter_map(|task| read(task.join("schedstat")).split(' ').next()?.parse().ok())
        .map(Duration::from_nanos)
        .sum()
}

#[cfg(target_os = "linux")]
fn bytes_written() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap();
    let line = io.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.unwrap().parse().unwrap()
}

/// What users wait for with 100,000 exchanges of 2 KiB.
#[test]
fn a_large_history() {
    const COUNT: u64 = 100_000;
    if !wanted() {
        return;
    }
    let history = History::new();
    let writer = history.writer();
    let body = body();
    let begun = Instant::now();
    let mut handing = Duration::ZERO;
    for n in 0..COUNT {
        let entry = exchange(n, body.clone()).into();
        let one = Instant::now();
        assert!(writer.put(entry));
        handing += one.elapsed();
        if n % 10_000 == 9_999 {
            writer.flush();
        }
    }
    println!("written: {:?}", begun.elapsed());
    println!(
        "handed over: {:?} each",
        handing / u32::try_from(COUNT).unwrap()
    );
    until_indexed(&history);
    println!("written and indexed: {:?}", begun.elapsed());
    drop(writer);
    let time = |what: &str, run: &dyn Fn() -> usize| {
        let begun = Instant::now();
        let found = run();
        println!("{what}: {:?} ({found})", begun.elapsed());
    };
    time("open to write", &|| {
        drop(history.writer());
        0
    });
    let reader = history.reader();
    time("open to read", &|| history.reader().counts().is_ok().into());
    let page = |terms: &[Term], keep: fn(&Row) -> bool| {
        reader.page(terms, Cursor::Newest, 100, keep).unwrap().len()
    };
    time("newest page", &|| page(&[], |_| true));
    time("no row by closure", &|| page(&[], |row| row.marked));
    time("no row by term", &|| page(&[Term::Marked], |_| true));
    for filter in [
        "status:5xx",
        "path:/none* | event:none | !provider:* !status:200",
        "!is:marked took:>1s",
        "status:5xx body:never",
        "body:never",
        "never",
        "json:$.never",
    ] {
        let read = parsed(filter);
        let now = Timestamp::from_micros(START);
        time(filter, &|| {
            reader
                .matching(&read, now, Cursor::Newest, 100)
                .unwrap()
                .len()
        });
    }
    for words in ["delivery-77777", "charge"] {
        time(words, &|| {
            let now = Timestamp::from_micros(START);
            let found = reader.with_words(words, &parsed(""), now, Cursor::Newest, 100);
            found.unwrap().len()
        });
    }
    time("counts", &|| reader.counts().is_ok().into());
    time("one whole", &|| reader.get(id(50_000)).is_ok().into());
}

fn parsed(filter: &str) -> hookreel_shared::filter::Filter {
    filter.parse().unwrap()
}

fn until_indexed(history: &History) {
    let reader = history.reader();
    let (_never, timer) = std::sync::mpsc::channel::<()>();
    while reader.counts().unwrap().unindexed > 0 {
        let _ = timer.recv_timeout(Duration::from_millis(50));
    }
}
