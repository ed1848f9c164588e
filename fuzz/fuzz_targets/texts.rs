//! Texts made fit to be shown, chat templates, and what steers an agent.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    assert!(aispm_formats::excerpt(text, 40).chars().count() <= 60);
    let _ = aispm_formats::chat_template_hazards(text, "template");
    for place in aispm_detect::steering(text) {
        assert!(text.get(place.start..place.end).is_some());
        assert!(!place.acts.is_empty());
    }
});
