//! RFC 6962 hashing of lists: the core under signature batches and the ledger's tree.

use std::ops::Range;

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Hash of a leaf: SHA-256 of `00` and the leaf's bytes (RFC 6962 section 2.1).
#[must_use]
pub fn leaf_hash(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new_with_prefix([0]);
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Hash of a node: SHA-256 of `01`, the left and the right hash.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root over `leaves`, and each leaf's path to it, from the bottom up.
#[must_use]
pub fn root_and_paths(leaves: &[Hash]) -> (Hash, Vec<Vec<Hash>>) {
    let mut paths = vec![Vec::new(); leaves.len()];
    let mut level: Vec<Hash> = leaves.to_vec();
    // Every node of `level` stands over `width` leaves, the last perhaps over fewer.
    let mut width = 1;
    while level.len() > 1 {
        for (at, path) in paths.iter_mut().enumerate() {
            if let Some(sibling) = level.get((at / width) ^ 1) {
                path.push(*sibling);
            }
        }
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => node_hash(left, right),
                // A node without a sibling moves up as it is: the same tree as RFC 6962's split at powers of two.
                rest => rest.first().copied().unwrap_or_default(),
            })
            .collect();
        width *= 2;
    }
    (level.first().copied().unwrap_or_else(empty_root), paths)
}

/// The root of no leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The root that `path` leads to from the leaf `index` of `size`. `None` if the path is not as long as such a tree's.
///
/// RFC 9162 section 2.1.3.2.
#[must_use]
pub fn root_from_path(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    let mut last = size.checked_sub(1).filter(|last| index <= *last)?;
    let mut at = index;
    let mut hash = leaf;
    let mut siblings = path.iter();
    while last > 0 {
        // A node without a sibling has none in the path either.
        if at % 2 == 1 {
            hash = node_hash(siblings.next()?, &hash);
        } else if at < last {
            hash = node_hash(&hash, siblings.next()?);
        }
        at /= 2;
        last /= 2;
    }
    siblings.next().is_none().then_some(hash)
}

/// What of a tree of `size` leaves is lacking to whoever has the leaves at `places` (ascending): the hashes by which they come to the root,
/// from the bottom up and from the left to the right. `paths` are the paths of those leaves. `None` if they are not of such a tree.
#[must_use]
pub fn lacking(size: u64, places: &[u64], paths: &[&[Hash]]) -> Option<Vec<Hash>> {
    // Of each node: its place on its level, a leaf under it, and how far that leaf's path has led.
    let mut nodes: Vec<(u64, usize, usize)> =
        places.iter().zip(0..).map(|(place, leaf)| (*place, leaf, 0)).collect();
    let mut last = last_of(size, places).filter(|_| places.len() == paths.len())?;
    let mut lacking = Vec::new();
    while last > 0 {
        let mut above = Vec::with_capacity(nodes.len());
        let mut nodes_left = nodes.iter().peekable();
        while let Some(&(at, leaf, step)) = nodes_left.next() {
            let has_sibling = at % 2 == 1 || at < last;
            if has_sibling && nodes_left.next_if(|next| next.0 == at + 1 && at.is_multiple_of(2)).is_none() {
                lacking.push(*paths.get(leaf)?.get(step)?);
            }
            above.push((at / 2, leaf, step + usize::from(has_sibling)));
        }
        (nodes, last) = (above, last / 2);
    }
    Some(lacking)
}

/// The root of a tree of `size` leaves, and the path of each of `leaves` (ascending by place), by the hashes that [`lacking`] gives. `None` if
/// they are too few or too many.
#[must_use]
pub fn root_from_leaves(
    size: u64,
    leaves: &[(u64, Hash)],
    lacking: &[Hash],
) -> Option<(Hash, Vec<Vec<Hash>>)> {
    let places: Vec<u64> = leaves.iter().map(|(place, _)| *place).collect();
    let mut last = last_of(size, &places)?;
    let mut paths = vec![Vec::new(); leaves.len()];
    // Of each node: its place on its level, its hash, and which leaves are under it.
    let mut nodes: Vec<(u64, Hash, Range<usize>)> =
        leaves.iter().zip(0..).map(|((place, hash), leaf)| (*place, *hash, leaf..leaf + 1)).collect();
    let mut given = lacking.iter();
    while last > 0 {
        let mut above = Vec::with_capacity(nodes.len());
        let mut nodes_left = nodes.into_iter().peekable();
        while let Some((at, hash, under)) = nodes_left.next() {
            let (mut hash, mut all_under) = (hash, under.clone());
            if at % 2 == 1 || at < last {
                let right = nodes_left.next_if(|next| next.0 == at + 1 && at.is_multiple_of(2));
                let (sibling, under_sibling) = match right {
                    Some((_, sibling, under)) => (sibling, under),
                    None => (*given.next()?, under.end..under.end),
                };
                paths.get_mut(under)?.iter_mut().for_each(|path| path.push(sibling));
                paths.get_mut(under_sibling.clone())?.iter_mut().for_each(|path| path.push(hash));
                hash = if at % 2 == 1 { node_hash(&sibling, &hash) } else { node_hash(&hash, &sibling) };
                all_under.end = under_sibling.end;
            }
            above.push((at / 2, hash, all_under));
        }
        (nodes, last) = (above, last / 2);
    }
    let root = nodes.first()?.1;
    given.next().is_none().then_some((root, paths))
}

/// The last place of a tree of `size` leaves, if `places` are some of its places, ascending.
fn last_of(size: u64, places: &[u64]) -> Option<u64> {
    let last = size.checked_sub(1)?;
    let ascends = places.is_sorted_by(|one, next| one < next);
    (ascends && places.last().is_some_and(|place| *place <= last)).then_some(last)
}

/// A tree that only grows, kept as the roots of its complete subtrees: 64 hashes at most, whatever its size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrowingTree {
    size: u64,
    /// From the largest subtree (left) to the smallest; one for each bit set in `size`.
    subtrees: Vec<Hash>,
}

impl GrowingTree {
    /// Adds a leaf at the end.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // As many subtrees merge as `size` has trailing ones.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut subtrees = self.subtrees.iter().rev();
        let Some(first) = subtrees.next() else { return empty_root() };
        subtrees.fold(*first, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(hash: Hash) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The eight inputs and the roots of Google's certificate-transparency test vectors.
    #[test]
    fn the_known_vectors_hold() {
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = GrowingTree::default();
        assert_eq!(hex(tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (input, root) in inputs.iter().zip(roots) {
            tree.push(leaf_hash(&[input]));
            assert_eq!(hex(tree.root()), root);
        }
    }

    /// A place twice would let a leaf ride along that nobody signed; so would one that the tree has not.
    #[test]
    fn places_ascend_and_are_the_trees() {
        let leaves: Vec<Hash> = (0..4u8).map(|n| leaf_hash(&[&[n]])).collect();
        let (root, paths) = root_and_paths(&leaves);
        let hashes = lacking(4, &[0, 1], &[&paths[0], &paths[1]]).unwrap();
        let (first, second, foreign) = ((0, leaves[0]), (1, leaves[1]), (1, leaf_hash(&[b"foreign"])));
        assert_eq!(root_from_leaves(4, &[first, second], &hashes).map(|(root, _)| root), Some(root));
        for leaves in [
            vec![first, second, foreign],
            vec![first, foreign, second],
            vec![second, first],
            vec![first, (4, leaves[1])],
            vec![],
        ] {
            assert_eq!(root_from_leaves(4, &leaves, &hashes), None, "{leaves:?}");
        }
        assert_eq!(root_from_leaves(0, &[first], &[]), None);
        assert_eq!(lacking(4, &[1, 1], &[&paths[1], &paths[1]]), None);
        assert_eq!(lacking(4, &[0, 1], &[&paths[0]]), None);
    }

    proptest! {
        #[test]
        fn every_leaf_proves_itself_and_nothing_else(size in 1usize..200, index in 0usize..200, wrong in 0usize..200) {
            let index = index % size;
            let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&[&n.to_be_bytes()])).collect();
            let (root, paths) = root_and_paths(&leaves);
            let mut tree = GrowingTree::default();
            leaves.iter().for_each(|leaf| tree.push(*leaf));
            prop_assert_eq!(tree.root(), root);
            let (index64, size64) = (index as u64, size as u64);
            prop_assert_eq!(root_from_path(leaves[index], index64, size64, &paths[index]), Some(root));
            let other = leaf_hash(&[b"other"]);
            prop_assert_ne!(root_from_path(other, index64, size64, &paths[index]), Some(root));
            let wrong = wrong % (size + 3);
            if wrong != index {
                prop_assert_ne!(root_from_path(leaves[index], wrong as u64, size64, &paths[index]), Some(root));
            }
        }

        #[test]
        fn some_leaves_and_what_is_lacking_give_the_root_and_every_path(
            size in 1usize..100, picks in prop::collection::btree_set(0usize..100, 1..20), drop in any::<bool>(),
        ) {
            let leaves: Vec<Hash> = (0..size).map(|n| leaf_hash(&[&n.to_be_bytes()])).collect();
            let (root, paths) = root_and_paths(&leaves);
            let picks: std::collections::BTreeSet<usize> = picks.iter().map(|pick| pick % size).collect();
            let places: Vec<u64> = picks.iter().map(|pick| *pick as u64).collect();
            let of_picks: Vec<&[Hash]> = picks.iter().map(|pick| paths[*pick].as_slice()).collect();
            let mut given = lacking(size as u64, &places, &of_picks).unwrap();
            let picked: Vec<(u64, Hash)> = picks.iter().map(|pick| (*pick as u64, leaves[*pick])).collect();
            let all = root_from_leaves(size as u64, &picked, &given).unwrap();
            prop_assert_eq!(all.0, root);
            for (path, of_pick) in all.1.iter().zip(of_picks) {
                prop_assert_eq!(path.as_slice(), of_pick);
            }
            // All that is there is needed, and nothing more is taken.
            if drop && !given.is_empty() { given.pop(); } else { given.push(root); }
            prop_assert_eq!(root_from_leaves(size as u64, &picked, &given), None);
        }
    }
}
