//! Words that a person types where there is no list to pick from.

use dialoguer::Input;

use crate::{error::Result, output::prompt};

/// Has a word typed until it is one that can be taken; nothing but Enter takes the default.
pub async fn ask(
    question: String,
    default: Option<&'static str>,
    check: impl Fn(&str) -> std::result::Result<(), String> + Send + 'static,
) -> Result<String> {
    prompt::blocking(move || {
        prompt::forget_typed();
        let input = Input::new()
            .with_prompt(question)
            .validate_with(move |text: &String| check(text));
        match default {
            Some(default) => input.default(default.to_owned()),
            None => input,
        }
        .interact_text()
    })
    .await
}
