//! An exchange from all sides.

use super::theme::Theme;
use crate::store::Row;
use hookreel_shared::model::{Exchange, ExchangeId};
use ratatui::{Frame, layout::Rect};
use std::sync::Arc;

#[derive(Debug, Default)]
pub struct State {
    exchange: Option<Arc<Exchange>>,
}
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Msg {
    Tab(usize),
    NextTab,
    PrevTab,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Left,
    Right,
    Fold,
    CycleView,
    Wrap,
    HalfUp,
    HalfDown,
    SearchSet(String),
    SearchNext,
    SearchPrev,
    CompareWith(Option<Arc<Exchange>>),
    Click { x: u16, y: u16 },
    Scroll(i32),
}
#[derive(Debug, Clone)]
pub enum Ask {
    Open(ExchangeId),
    Tell(String),
}
impl State {
    pub fn show(
        &mut self,
        exchange: Option<Arc<Exchange>>,
        _original: Option<Arc<Exchange>>,
        _attempts: Vec<Row>,
    ) {
        self.exchange = exchange;
    }
    pub fn value_under_cursor(&self) -> Option<String> {
        None
    }
    pub fn body_text(&self) -> Option<String> {
        None
    }
}
pub fn update(_: &mut State, _: Msg, _: usize) -> Vec<Ask> {
    Vec::new()
}
pub fn view(state: &State, frame: &mut Frame<'_>, area: Rect, _theme: &Theme, _focused: bool) {
    if let Some(e) = &state.exchange {
        frame.render_widget(
            format!(
                "{} {}",
                e.request.method_str(),
                String::from_utf8_lossy(&e.request.target)
            ),
            area,
        );
    }
}
