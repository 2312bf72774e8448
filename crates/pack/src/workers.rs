//! Work on every core. A thread that panics gives an error, so that no part is lost unnoticed.
//! This knows nothing of releases.

use osusume_tables::Cancel;

use crate::error::{PackError, Result};

/// Returns the outcome of `each` for every item, in order, until one fails or the run is cancelled.
pub(crate) fn map_in_parts<T: Sync, R: Send>(
    items: &[T],
    cancel: &Cancel,
    each: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = items.len().div_ceil(threads).max(1);
    let one_part = |items: &[T]| -> Result<Vec<R>> {
        let checked = |item| cancel.check().map_err(PackError::from).and_then(|()| each(item));
        items.iter().map(checked).collect()
    };
    let parts: Result<Vec<Vec<R>>> = std::thread::scope(|scope| {
        let one_part = &one_part;
        let running: Vec<_> =
            items.chunks(part).map(|items| scope.spawn(move || one_part(items))).collect();
        // Every thread is joined before the first error is returned: a panic of a thread that
        // nobody joins would go on in this one.
        let done: Vec<_> = running.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        done.into_iter()
            .map(|part| part.unwrap_or_else(|p| Err(PackError::panicked(&*p))))
            .collect()
    });
    Ok(parts?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_in_order() {
        let items: Vec<u32> = (0..100).collect();
        let doubled = map_in_parts(&items, &Cancel::new(), |item| Ok(item * 2)).unwrap();
        assert_eq!(doubled, (0..100).map(|item| item * 2).collect::<Vec<_>>());
        assert!(map_in_parts(&[0; 0], &Cancel::new(), |item| Ok(*item)).unwrap().is_empty());
    }

    #[test]
    fn a_thread_that_panics_and_a_cancelled_run_give_errors() {
        let items: Vec<u32> = (0..100).collect();
        let each = |item: &u32| {
            assert!(*item != 70, "item {item} is broken");
            Ok(*item)
        };
        let error = map_in_parts(&items, &Cancel::new(), each).unwrap_err();
        assert_eq!(error.code().as_str(), "worker_panicked");
        assert!(error.to_string().contains("item 70 is broken"), "{error}");
        let cancel = Cancel::new();
        cancel.cancel();
        let error = map_in_parts(&items, &cancel, |item| Ok(*item)).unwrap_err();
        assert_eq!(error.code().as_str(), "interrupted");
    }
}
