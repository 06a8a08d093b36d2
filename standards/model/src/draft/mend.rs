//! Changes to a draft at a path with positions, as findings name it: `/Bericht/Client/Contactgegevens/Contact[2]`.

use super::{Draft, Part};
use crate::release::{Content, ElementId, MessageType};

impl Draft {
    /// Puts what another draft of the same message has at a path in the place of what this one has there.
    ///
    /// Where the other has no part with that position, its first counts; where it has none at all, a part that may be
    /// absent goes. False when nothing was changed.
    pub fn graft(&mut self, path: &str, donor: &Self) -> bool {
        let message = &self.release.messages()[self.message_type];
        let Some(steps) = steps(message, path) else {
            return false;
        };
        let Some(((element, position), above)) = steps.split_last() else {
            self.root = donor.root.clone();
            return true;
        };
        let mut from = &donor.root;
        let mut to = &mut self.root;
        for (step, position) in above {
            let Some(found) = nearest(from, *step, *position) else {
                return false;
            };
            from = found;
            let Some(at) = find(to, *step, *position) else {
                return false;
            };
            to = &mut to.children[at];
        }
        let part = nearest(from, *element, *position).cloned();
        let min = usize::try_from(message.element(*element).min).unwrap_or(usize::MAX);
        match (find(to, *element, *position), part) {
            (Some(at), Some(part)) => to.children[at] = part,
            (Some(at), None) => {
                let count = to
                    .children
                    .iter()
                    .filter(|child| child.element == *element)
                    .count();
                if count <= min {
                    return false;
                }
                to.children.remove(at);
            }
            (None, Some(part)) => *to.insert(*element) = part,
            (None, None) => return false,
        }
        true
    }

    /// Takes out what stands at a path; false when nothing stands there or it may not be absent.
    pub fn cut(&mut self, path: &str) -> bool {
        let Some((parent, at, element)) = self.place_at(path) else {
            return false;
        };
        let message = &self.release.messages()[self.message_type];
        let min = usize::try_from(message.element(element).min).unwrap_or(usize::MAX);
        let parent = part_at(&mut self.root, &parent);
        let equals = parent.children.iter().filter(|child| child.element == element);
        let may_go = equals.count() > min;
        if may_go {
            parent.children.remove(at);
        }
        may_go
    }

    /// Puts what stands at a path there twice; false when nothing stands there or there is no room for it.
    pub fn double(&mut self, path: &str) -> bool {
        let Some((parent, at, element)) = self.place_at(path) else {
            return false;
        };
        let message = &self.release.messages()[self.message_type];
        let max = usize::try_from(message.element(element).max).unwrap_or(usize::MAX);
        let parent = part_at(&mut self.root, &parent);
        let equals = parent.children.iter().filter(|child| child.element == element);
        let has_room = equals.count() < max;
        if has_room {
            let copy = parent.children[at].clone();
            parent.children.insert(at + 1, copy);
        }
        has_room
    }

    /// Where the element at a path stands: the positions of what is around it, its own, and what it is.
    fn place_at(&self, path: &str) -> Option<(Vec<usize>, usize, ElementId)> {
        let message = &self.release.messages()[self.message_type];
        let mut part = &self.root;
        let mut positions = Vec::new();
        for (step, position) in steps(message, path)? {
            let at = find(part, step, position)?;
            part = &part.children[at];
            positions.push(at);
        }
        let at = positions.pop()?;
        Some((positions, at, part.element))
    }

    /// Writes a value at a path with positions; false when there is no such value.
    pub fn put(&mut self, path: &str, value: &str) -> bool {
        let message = &self.release.messages()[self.message_type];
        let Some(steps) = steps(message, path) else {
            return false;
        };
        let mut part = &mut self.root;
        for (step, position) in &steps {
            let Some(at) = find(part, *step, *position) else {
                return false;
            };
            part = &mut part.children[at];
        }
        let is_value = matches!(message.element(part.element).content, Content::Value(_));
        if is_value {
            value.clone_into(&mut part.text);
        }
        is_value
    }
}

/// The elements of a path below the root, each with its position among its equals.
fn steps(message: &MessageType, path: &str) -> Option<Vec<(ElementId, usize)>> {
    let mut element = ElementId::ROOT;
    let mut names = path.strip_prefix('/')?.split('/');
    if names.next()? != &*message.element(element).name {
        return None;
    }
    names
        .map(|step| {
            let (name, position) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
                Some((name, position)) => (name, position.parse::<usize>().ok()?.checked_sub(1)?),
                None => (step, 0),
            };
            element = message.child(element, name)?;
            Some((element, position))
        })
        .collect()
}

/// The part that these positions lead to.
fn part_at<'a>(root: &'a mut Part, positions: &[usize]) -> &'a mut Part {
    positions.iter().fold(root, |part, at| &mut part.children[*at])
}

/// Where the child at a position among its equals stands.
fn find(part: &Part, element: ElementId, position: usize) -> Option<usize> {
    let children = part.children.iter().enumerate();
    let mut equals = children.filter(|(_, child)| child.element == element);
    equals.nth(position).map(|(at, _)| at)
}

/// The child at that position, or else the first of its kind.
fn nearest(part: &Part, element: ElementId, position: usize) -> Option<&Part> {
    find(part, element, position)
        .or_else(|| find(part, element, 0))
        .map(|at| &part.children[at])
}
