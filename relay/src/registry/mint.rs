//! Names of the relay's making.

use aws_lc_rs::digest::{Context, SHA256};
use hookreel_shared::model::{Name, Principal};
use petname::Petnames;

/// Letters and digits that cannot be mistaken for each other when read aloud or copied by hand.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// `quiet-otter-7kq2`: always the same for the same client, hint and attempt, so that a restarted
/// client gets its name back without anything being kept.
pub(super) fn name_for(owner: &Principal, hint: u64, attempt: u32) -> Name {
    let mut hash = Context::new(&SHA256);
    hash.update(owner.digest());
    hash.update(&hint.to_be_bytes());
    hash.update(&attempt.to_be_bytes());
    let digest = hash.finish();
    let mut digest = digest.as_ref().iter().copied();
    let mut number = |bytes: usize| {
        digest
            .by_ref()
            .take(bytes)
            .fold(0usize, |n, byte| n << 8 | usize::from(byte))
    };
    let words = Petnames::small();
    let adjective = words.adjectives[number(4) % words.adjectives.len()];
    let noun = words.nouns[number(4) % words.nouns.len()];
    let suffix: String = (0..4)
        .map(|_| char::from(ALPHABET[number(1) % ALPHABET.len()]))
        .collect();
    let text = format!("{adjective}-{noun}-{suffix}");
    text.parse()
        .unwrap_or_else(|_| unreachable!("the word lists hold only letters: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_client_and_hint_get_the_same_name_and_others_get_others() {
        let (a, b) = (
            Principal::from_digest([1; 32]),
            Principal::from_digest([2; 32]),
        );
        let names = [
            name_for(&a, 1, 0),
            name_for(&a, 2, 0),
            name_for(&a, 1, 1),
            name_for(&b, 1, 0),
        ];
        for (i, name) in names.iter().enumerate() {
            assert_eq!(
                names.iter().filter(|other| *other == name).count(),
                1,
                "{i}: {name}"
            );
        }
        assert_eq!(name_for(&a, 1, 0), names[0]);
    }

    #[test]
    fn every_word_of_the_lists_makes_a_name() {
        let words = Petnames::small();
        for word in words.adjectives.iter().chain(words.nouns.iter()) {
            assert!(format!("{word}-0000").parse::<Name>().is_ok(), "{word}");
        }
    }
}
