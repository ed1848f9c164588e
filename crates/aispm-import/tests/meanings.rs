//! The catalogue of meanings against the schema.

use aispm_import::meanings;
use aispm_types::schema::asset_property;

#[test]
fn every_meaning_is_a_property_of_every_kind_it_names() {
    let all = meanings();
    let rows = include_str!("../../../catalogue/imports/meanings.yaml")
        .lines()
        .filter(|l| l.starts_with("- "))
        .count();
    assert_eq!(all.len(), rows, "every row is read");
    for m in all {
        assert!(!m.kinds.is_empty() && !m.means.is_empty(), "{}", m.check);
        for kind in &m.kinds {
            for (name, value) in &m.means {
                let property = asset_property(*kind, name);
                let property = property.unwrap_or_else(|| panic!("{}: {kind} has no `{name}`", m.check));
                assert!(property.ty.admits(value), "{}: {kind} {name}", m.check);
            }
        }
    }
}
