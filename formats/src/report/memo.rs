//! What a cell said last: dates, currencies and territories repeat from row to row.

use rustc_hash::FxHashMap;

/// Most texts remembered: a column with more different texts than this gains nothing from it.
const MOST: usize = 10_000;

/// Remembers what texts mean.
#[derive(Debug)]
pub(super) struct Memo<V> {
    last: Option<(String, V)>,
    known: FxHashMap<String, V>,
}

impl<V> Default for Memo<V> {
    fn default() -> Self {
        Self { last: None, known: FxHashMap::default() }
    }
}

impl<V: Clone> Memo<V> {
    /// What the text means, asking only when it is new.
    pub(super) fn get(&mut self, text: &str, read: impl FnOnce() -> V) -> V {
        if let Some((last, value)) = &self.last
            && last == text
        {
            return value.clone();
        }
        let value = match self.known.get(text) {
            Some(value) => value.clone(),
            None => {
                let value = read();
                if self.known.len() < MOST {
                    self.known.insert(text.to_owned(), value.clone());
                }
                value
            }
        };
        match &mut self.last {
            Some((last, meaning)) => {
                last.clear();
                last.push_str(text);
                *meaning = value.clone();
            }
            None => self.last = Some((text.to_owned(), value.clone())),
        }
        value
    }
}
