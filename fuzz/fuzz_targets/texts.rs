//! Texts made fit to be shown, and chat templates.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    assert!(aispm_formats::excerpt(text, 40).chars().count() <= 60);
    let _ = aispm_formats::chat_template_hazards(text, "template");
});
