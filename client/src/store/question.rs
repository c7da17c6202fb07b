//! What the database is asked for rows.

use hookreel_shared::filter::Term;
use rusqlite::types::Value;

use super::term;

/// In which direction rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Newest first.
    Down,
    /// Oldest first.
    Up,
}

impl Order {
    /// What comes behind an id, and the order by id, in SQL.
    pub(super) fn after(self) -> (&'static str, &'static str) {
        match self {
            Self::Down => ("id < ?", "DESC"),
            Self::Up => ("id > ?", "ASC"),
        }
    }

    /// What comes up to an id, which belongs to it, in SQL.
    pub(super) fn until(self) -> &'static str {
        match self {
            Self::Down => "id >= ?",
            Self::Up => "id <= ?",
        }
    }
}

/// What the database is asked, but for the page.
#[derive(Debug, Clone, Default)]
pub(super) struct Question {
    conditions: Vec<&'static str>,
    values: Vec<Value>,
}

impl Question {
    /// For rows for which all terms hold.
    pub(super) fn of(terms: &[Term]) -> Self {
        let mut question = Self::default();
        for term in terms {
            term::add(term, &mut question.conditions, &mut question.values);
        }
        question
    }

    /// Asks for one thing more.
    pub(super) fn only(&mut self, condition: &'static str, value: Value) {
        self.conditions.push(condition);
        self.values.push(value);
    }

    /// As SQL for these columns, with the values in it.
    pub(super) fn sql(self, columns: &str, order: Order) -> (String, Vec<Value>) {
        let mut sql = format!("SELECT {columns} FROM exchange");
        for (at, condition) in self.conditions.iter().enumerate() {
            sql += if at == 0 { " WHERE " } else { " AND " };
            sql += condition;
        }
        sql += " ORDER BY id ";
        sql += order.after().1;
        (sql, self.values)
    }
}
