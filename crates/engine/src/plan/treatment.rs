//! What is done to each tensor, and which tensors share a stream because their bytes and their treatment are equal.

use crate::EngineError;
use crate::duplicates::{self, Candidate};
use crate::recipe::{self, Choice, Facts, Recipe};
use tensorpress_formats::layout::{Layout, Stored};
use tensorpress_formats::{InputFile, Source};

/// Why bytes of several tensors are exact.
const DISPUTED: &str = "shares bytes with a tensor to which not the same is done";

/// What the recipe does to each tensor. Tensors that share bytes must be treated alike: where the recipe differs they stay
/// exact.
pub(super) fn choose(recipe: &Recipe, files: &[InputFile], set: &Layout) -> Vec<Choice> {
    let mut choices = recipe::choose(
        recipe,
        set.tensors.iter().map(|entry| Facts {
            name: &entry.tensor.name,
            file: &files[entry.file].path,
            format: &set.formats[entry.file],
            dtype: entry.tensor.dtype,
            encoding: entry.tensor.encoding,
            shape: &entry.tensor.shape,
            axis: entry.tensor.axis,
            len: entry.len(),
        }),
    );
    let mut disputed: Vec<bool> = set.tensors.iter().map(|entry| entry.overlapped.is_some()).collect();
    for (index, entry) in set.tensors.iter().enumerate() {
        if let Stored::Alias { of } = entry.stored {
            disputed[of] |= choices[of].text != choices[index].text || choices[of].group != choices[index].group;
        }
    }
    for (choice, (index, entry)) in choices.iter_mut().zip(set.tensors.iter().enumerate()) {
        let exact = match entry.stored {
            Stored::Skeleton => Some("too small for a stream of its own, or part of another tensor"),
            Stored::Payload if disputed[index] => Some(DISPUTED),
            Stored::Alias { of } if disputed[of] => Some(DISPUTED),
            _ => None,
        };
        if let Some(reason) = exact.filter(|_| choice.is_lossy()) {
            *choice = Choice::exact(reason);
        }
    }
    choices
}

/// For every tensor the tensor whose stream it shares, itself included.
pub(super) async fn find_twins(source: &Source, set: &Layout, choices: &[Choice]) -> Result<Vec<usize>, EngineError> {
    let stored: Vec<usize> = (0..set.tensors.len())
        .filter(|&i| set.tensors[i].stored == Stored::Payload)
        .collect();
    // Equal bytes become equal approximations only where the same is done to them.
    let mut treatments: Vec<&Choice> = Vec::new();
    let mut treatment = |index: usize| {
        let choice = choices.get(index).filter(|choice| choice.is_lossy())?;
        let same = |known: &&Choice| {
            known.text == choice.text
                && known.group == choice.group
                && known.weight == choice.weight
                && known.slices == choice.slices
        };
        Some(treatments.iter().position(same).unwrap_or_else(|| {
            treatments.push(choice);
            treatments.len() - 1
        }))
    };
    let candidates: Vec<_> = stored
        .iter()
        .map(|&index| {
            let tensor = &set.tensors[index];
            Candidate {
                key: (tensor.tensor.dtype, tensor.tensor.encoding, treatment(index)),
                spans: &tensor.tensor.spans,
                len: tensor.len(),
            }
        })
        .collect();
    let first = duplicates::find(source, &candidates).await?;
    let mut twins: Vec<usize> = (0..set.tensors.len()).collect();
    for (candidate, of) in first.into_iter().enumerate() {
        twins[stored[candidate]] = stored[of];
    }
    for index in 0..twins.len() {
        if let Stored::Alias { of } = set.tensors[index].stored {
            twins[index] = twins[of];
        }
    }
    Ok(twins)
}
