//! seam
use crate::command::Edited;
use hookreel_shared::model::{Exchange, Headers};
pub fn to_text(exchange: &Exchange) -> Vec<u8> {
    hookreel_shared::export::raw::request(exchange).unwrap_or_default()
}
pub fn from_text(text: &[u8]) -> Result<Edited, String> {
    Ok(Edited {
        method: "POST".into(),
        target: "/".into(),
        headers: Headers::new(),
        body: text.to_vec().into(),
    })
}
