//! A map in the order of its keys. The standard library's maps are compiled anew for every pair of types; here all that
//! depends on them is how keys compare.

use serde::{Serialize, Serializer};
use std::borrow::Borrow;
use std::cmp::Ordering;
use tensorpress_json::{ToJson, write_members};

/// The most indices of a chunk.
const CHUNK: usize = 512;

/// Indices of entries in the order of their keys. They are kept in chunks, so that an insertion moves few of them.
#[derive(Debug, Clone, Default)]
struct Order(Vec<Vec<u32>>);

/// Where a key is in the order, or belongs.
struct Place {
    chunk: usize,
    at: usize,
    found: Option<usize>,
}

impl Order {
    /// The place of the key that entries compare to.
    #[inline(never)]
    fn place(&self, compare: &dyn Fn(usize) -> Ordering) -> Place {
        let is_behind = |chunk: &Vec<u32>| compare(chunk[0] as usize) != Ordering::Greater;
        let chunk = self.0.partition_point(is_behind).saturating_sub(1);
        let indices = self.0.get(chunk).map_or(&[][..], |chunk| chunk);
        let at = indices.partition_point(|&index| compare(index as usize) == Ordering::Less);
        let found = indices.get(at).map(|&index| index as usize);
        let found = found.filter(|&index| compare(index) == Ordering::Equal);
        Place { chunk, at, found }
    }

    #[inline(never)]
    fn insert(&mut self, place: Place, index: usize) {
        let Some(chunk) = self.0.get_mut(place.chunk) else {
            return self.0.push(vec![index as u32]);
        };
        chunk.insert(place.at, index as u32);
        if chunk.len() > CHUNK {
            let rest = chunk.split_off(CHUNK / 2);
            self.0.insert(place.chunk + 1, rest);
        }
    }

    /// The index before a place.
    fn before(&self, place: Place) -> Option<usize> {
        let indices = match place.at.checked_sub(1) {
            Some(at) => &self.0.get(place.chunk)?[..=at],
            None => self.0.get(place.chunk.checked_sub(1)?)?,
        };
        indices.last().map(|&index| index as usize)
    }
}

/// A map whose entries stay where they were added.
#[derive(Debug, Clone)]
pub struct Map<K, V> {
    entries: Vec<(K, V)>,
    order: Order,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map {
            entries: Vec::new(),
            order: Order::default(),
        }
    }
}

impl<K: Ord, V> Map<K, V> {
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Place
    where
        K: Borrow<Q>,
    {
        self.order.place(&|index| self.entries[index].0.borrow().cmp(key))
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.place(key).found.map(|index| &self.entries[index].1)
    }

    /// The value of a key, `usual` if it has none yet.
    pub fn entry(&mut self, key: K, usual: V) -> &mut V {
        let place = self.place(&key);
        let index = place.found.unwrap_or(self.entries.len());
        if place.found.is_none() {
            self.order.insert(place, index);
            self.entries.push((key, usual));
        }
        &mut self.entries[index].1
    }

    /// Adds a key with its value unless it is there already; whether it was not.
    pub fn insert(&mut self, key: K, value: V) -> bool {
        let before = self.len();
        self.entry(key, value);
        self.len() > before
    }

    /// The entry with the greatest key below this one.
    pub fn before(&self, key: &K) -> Option<&(K, V)> {
        self.order.before(self.place(key)).map(|index| &self.entries[index])
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.order
            .0
            .iter()
            .flatten()
            .map(|&index| &self.entries[index as usize])
    }

    /// The entries in the order in which they were added.
    pub fn into_entries(self) -> Vec<(K, V)> {
        self.entries
    }
}

impl<K: Ord, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Ord + Serialize, V: Serialize> Serialize for Map<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(key, value)| (key, value)))
    }
}

impl<K: Ord + AsRef<str>, V: ToJson> ToJson for Map<K, V> {
    fn write(&self, out: &mut Vec<u8>) {
        let members: Vec<(&str, &dyn ToJson)> = self.iter().map(|(key, value)| (key.as_ref(), value as _)).collect();
        write_members(&members, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn compare(keys: impl Iterator<Item = u64>) {
        let (mut map, mut expected) = (Map::default(), BTreeMap::new());
        for (value, key) in keys.enumerate() {
            assert_eq!(map.entry(key, value), expected.entry(key).or_insert(value));
        }
        assert!(map.iter().map(|(key, value)| (key, value)).eq(&expected));
        assert_eq!((map.len(), map.is_empty()), (expected.len(), expected.is_empty()));
        for key in expected.keys().flat_map(|key| [key.saturating_sub(1), *key, key + 1]) {
            assert_eq!(map.get(&key), expected.get(&key));
            let before = map.before(&key).map(|(key, value)| (key, value));
            assert_eq!(before, expected.range(..key).next_back());
        }
    }

    #[test]
    fn is_a_map_of_many_chunks() {
        compare(0..5000);
        compare((0..5000).rev());
        compare((0..5000).map(|number| number * 7919 % 5003 * 3));
    }

    proptest! {
        #[test]
        fn is_a_map(keys in prop::collection::vec(0u64..30, 0..40)) {
            compare(keys.into_iter());
        }
    }
}
