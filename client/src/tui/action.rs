//! THE table of what can be done: help, footer, command line and key bindings come from it.

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Down,
    Up,
    HalfDown,
    HalfUp,
    PageDown,
    PageUp,
    Top,
    Bottom,
    Left,
    Right,
    Open,
    NextPane,
    PreviousPane,
    Back,
    /// A tab of the detail pane, from 1.
    Tab(u8),
    NextTab,
    PreviousTab,
    Search,
    SearchNext,
    SearchPrevious,
    Filter,
    Mark,
    Delete,
    Replay,
    ReplayWith,
    Edit,
    Sample,
    DevKey,
    Diff,
    CopyUrl,
    CopyCurl,
    CopyBody,
    CopyHeaders,
    CopyJson,
    CopyValue,
    Export,
    Pipe,
    Browse,
    Qr,
    CycleView,
    Wrap,
    Zoom,
    Theme,
    Mouse,
    Log,
    Command,
    Help,
    Redraw,
    Suspend,
    Quit,
    QuitNow,
}

/// Where an action's keys count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// In both panes.
    Anywhere,
    /// In the list.
    List,
    /// In the detail pane.
    Detail,
}

impl Where {
    /// Whether there is a place that belongs to both.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self == other || self == Self::Anywhere || other == Self::Anywhere
    }
}

/// Under which heading help lists an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Moving about.
    Move,
    /// Finding exchanges.
    Find,
    /// Doing something with them.
    Use,
    /// The screen itself.
    Screen,
}

impl Group {
    /// All, in the order of the help.
    pub const ALL: [Self; 4] = [Self::Move, Self::Find, Self::Use, Self::Screen];

    /// The heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Find => "Find",
            Self::Use => "Use",
            Self::Screen => "Screen",
        }
    }
}

/// A line of the table.
#[derive(Debug)]
pub struct Entry {
    /// What.
    pub action: Action,
    /// Its name in `[keys]` and on the command line.
    pub name: &'static str,
    /// Its keys, unless the configuration says others; a space parses two keys in a row.
    pub keys: &'static [&'static str],
    /// Where they count.
    pub at: Where,
    /// Its heading.
    pub group: Group,
    /// What it does, for the help.
    pub help: &'static str,
    /// The word for it in the footer; empty where it is not shown there.
    pub hint: &'static str,
}

const fn entry(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    (at, group): (Where, Group),
    (help, hint): (&'static str, &'static str),
) -> Entry {
    Entry {
        action,
        name,
        keys,
        at,
        group,
        help,
        hint,
    }
}

const MOVE: (Where, Group) = (Where::Anywhere, Group::Move);
const IN_DETAIL: (Where, Group) = (Where::Detail, Group::Move);
const FIND: (Where, Group) = (Where::Anywhere, Group::Find);
const USE: (Where, Group) = (Where::Anywhere, Group::Use);
const SCREEN: (Where, Group) = (Where::Anywhere, Group::Screen);

use Action as A;

/// All actions, in the order in which help lists them.
#[rustfmt::skip]
pub const TABLE: &[Entry] = &[
    entry(A::Down, "down", &["j", "down"], MOVE, ("next line", "")),
    entry(A::Up, "up", &["k", "up"], MOVE, ("previous line", "")),
    entry(A::Top, "top", &["g", "home"], MOVE, ("first line", "")),
    entry(A::Bottom, "bottom", &["G", "end"], MOVE, ("last line; the list follows the newest", "newest")),
    entry(A::HalfDown, "half-down", &["ctrl-d"], MOVE, ("half a page down", "")),
    entry(A::HalfUp, "half-up", &["ctrl-u"], MOVE, ("half a page up", "")),
    entry(A::PageDown, "page-down", &["pgdn"], MOVE, ("a page down", "")),
    entry(A::PageUp, "page-up", &["pgup"], MOVE, ("a page up", "")),
    entry(A::Open, "open", &["enter"], MOVE, ("open it; inside, fold or unfold", "open")),
    entry(A::NextPane, "next-pane", &["tab"], MOVE, ("the other pane", "pane")),
    entry(A::PreviousPane, "previous-pane", &["shift-tab"], MOVE, ("the other pane", "")),
    entry(A::Back, "back", &["esc"], MOVE, ("close, end the search, back to the list", "")),
    entry(A::Left, "left", &["h", "left"], IN_DETAIL, ("fold, or scroll left", "")),
    entry(A::Right, "right", &["l", "right"], IN_DETAIL, ("unfold, or scroll right", "")),
    entry(A::Tab(1), "tab-1", &["1"], MOVE, ("request", "")),
    entry(A::Tab(2), "tab-2", &["2"], MOVE, ("response", "")),
    entry(A::Tab(3), "tab-3", &["3"], MOVE, ("timing", "")),
    entry(A::Tab(4), "tab-4", &["4"], MOVE, ("attempts", "")),
    entry(A::Tab(5), "tab-5", &["5"], MOVE, ("diff", "")),
    entry(A::Tab(6), "tab-6", &["6"], MOVE, ("raw", "")),
    entry(A::NextTab, "next-tab", &["]"], MOVE, ("next tab", "")),
    entry(A::PreviousTab, "previous-tab", &["["], MOVE, ("previous tab", "")),

    entry(A::Search, "search", &["/"], FIND, ("search the list (fuzzy, body:…) or a body", "search")),
    entry(A::SearchNext, "search-next", &["n"], FIND, ("next match; in the list, the older one", "")),
    entry(A::SearchPrevious, "search-previous", &["N"], FIND, ("previous match", "")),
    entry(A::Filter, "filter", &["f"], FIND, ("show only what passes a filter", "filter")),
    entry(A::Mark, "mark", &["space"], FIND, ("mark: never pruned; for d D R x", "mark")),

    entry(A::Replay, "replay", &["r"], USE, ("send it again", "replay")),
    entry(A::ReplayWith, "replay-with", &["R"], USE, ("send it, or all marked, with options", "")),
    entry(A::Edit, "edit", &["e"], USE, ("change it and send it", "edit")),
    entry(A::Sample, "sample", &["s"], USE, ("send a provider's sample, signed", "")),
    entry(A::DevKey, "dev-key", &[], USE, ("make your development key", "")),
    entry(A::Diff, "diff", &["d"], USE, ("compare with the marked, or the original", "diff")),
    entry(A::CopyUrl, "copy-url", &["y u"], USE, ("copy the URL", "URL")),
    entry(A::CopyCurl, "copy-curl", &["y c"], USE, ("copy as a curl command", "curl")),
    entry(A::CopyBody, "copy-body", &["y b"], USE, ("copy the body", "body")),
    entry(A::CopyHeaders, "copy-headers", &["y h"], USE, ("copy the headers", "headers")),
    entry(A::CopyJson, "copy-json", &["y j"], USE, ("copy all of it as JSON", "JSON")),
    entry(A::CopyValue, "copy-value", &["y p"], USE, ("copy the value under the cursor", "value")),
    entry(A::Export, "export", &["x"], USE, ("write it, or all marked, to a file", "export")),
    entry(A::Pipe, "pipe", &["|"], USE, ("pipe the body through a command", "")),
    entry(A::Delete, "delete", &["D"], USE, ("delete all marked, after asking", "")),

    entry(A::Qr, "qr", &["Q"], SCREEN, ("show the address as a QR code", "")),
    entry(A::Browse, "browse", &["o"], SCREEN, ("open the address in a browser", "")),
    entry(A::CycleView, "view", &["v"], SCREEN, ("pretty, raw or hex", "")),
    entry(A::Wrap, "wrap", &["w"], SCREEN, ("wrap long lines", "")),
    entry(A::Zoom, "zoom", &["z"], SCREEN, ("give the pane the whole screen", "zoom")),
    entry(A::Log, "log", &["L"], SCREEN, ("what hookreel had to say", "")),
    entry(A::Command, "command", &[":"], SCREEN, ("command line: any of these by name", "")),
    entry(A::Theme, "theme", &[], SCREEN, ("other colours", "")),
    entry(A::Mouse, "mouse", &["M"], SCREEN, ("mouse: moves here, or selects text", "")),
    entry(A::Redraw, "redraw", &["ctrl-l"], SCREEN, ("draw the screen anew", "")),
    entry(A::Suspend, "suspend", &["ctrl-z"], SCREEN, ("suspend; fg comes back", "")),
    entry(A::Help, "help", &["?"], SCREEN, ("this help", "help")),
    entry(A::Quit, "quit", &["q"], SCREEN, ("quit once requests under way have ended", "quit")),
    entry(A::QuitNow, "quit-now", &["ctrl-c"], SCREEN, ("quit now", "")),
];

/// What the footer tells in the list, most important first.
pub const LIST_HINTS: &[Action] = &[
    A::Help,
    A::Open,
    A::Replay,
    A::Search,
    A::Filter,
    A::Mark,
    A::Quit,
    A::Edit,
    A::Diff,
    A::Export,
    A::Zoom,
];

/// What the footer tells in the detail pane, most important first.
pub const DETAIL_HINTS: &[Action] = &[
    A::Help,
    A::NextPane,
    A::Replay,
    A::Search,
    A::Zoom,
    A::Edit,
    A::Diff,
    A::Quit,
    A::Export,
];

impl Action {
    /// Its line of the table.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        // A test looks each of them up.
        TABLE
            .iter()
            .find(|entry| entry.action == self)
            .unwrap_or(&TABLE[0])
    }

    /// What may stand behind its name on the command line.
    #[must_use]
    pub fn argument(self) -> &'static str {
        match self {
            A::Search => "TEXT",
            A::Filter => "EXPR",
            A::Replay => "[URL]",
            A::Sample => "[TEXT]",
            A::Export => "FORM [FILE]",
            A::Pipe => "COMMAND",
            A::Theme => "NAME",
            _ => "",
        }
    }

    /// Its name in `[keys]` and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_in_the_table_once_and_says_what_it_does() {
        for entry in TABLE {
            let same = TABLE
                .iter()
                .filter(|other| other.action == entry.action || other.name == entry.name);
            assert_eq!(same.count(), 1, "{}", entry.name);
            assert!(!entry.help.is_empty(), "{}", entry.name);
            let fits = entry.help.chars().count() <= 41;
            assert!(fits, "{}: cut where help has two columns", entry.name);
            // Whoever types its whole name means it: no key does this by mistake.
            let by_name = entry.action == A::DevKey || !entry.action.argument().is_empty();
            let reached = !entry.keys.is_empty() || by_name;
            assert!(
                reached,
                "{} has no key and no use on the command line",
                entry.name
            );
        }
        for action in LIST_HINTS.iter().chain(DETAIL_HINTS) {
            assert_eq!(action.entry().action, *action);
            assert!(!action.entry().hint.is_empty(), "{action:?}");
        }
    }

    /// A line of the README's table: keys, and what they do. The tabs are one.
    fn lines() -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for entry in TABLE.iter().filter(|entry| !entry.keys.is_empty()) {
            if let (Action::Tab(2..), Some(line)) = (entry.action, lines.last_mut()) {
                *line = format!("{line}, {}", entry.help);
                continue;
            }
            // A bar would end the cell.
            let keys = entry.keys.iter().map(|key| key.replace('|', "\\|"));
            let keys: Vec<_> = keys.map(|key| format!("`{key}`")).collect();
            lines.push(match entry.action {
                Action::Tab(_) => format!("`1`…`6` | {}", entry.help),
                _ => format!("{} | {}", keys.join(" "), entry.help),
            });
        }
        lines
    }

    #[test]
    fn the_readme_has_every_key_with_the_words_of_the_help() {
        let lines = lines();
        let (left, right) = lines.split_at(lines.len().div_ceil(2));
        let mut table = "| key | does | key | does |\n|---|---|---|---|\n".to_owned();
        for (at, line) in left.iter().enumerate() {
            let other = right.get(at).map_or(" | ", String::as_str);
            table += &format!("| {line} | {other} |\n");
        }
        let readme = include_str!("../../../README.md");
        assert!(readme.contains(&table), "README.md has to have:\n\n{table}");
    }
}
