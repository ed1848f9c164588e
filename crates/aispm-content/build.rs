//! Rebuilds the crate when a file is added to or removed from a content directory; `include_dir!` alone notices changed files only.

fn main() {
    for directory in ["rules", "frameworks", "catalogue", "attack-steps", "advisories"] {
        // Cargo's own protocol with build scripts is lines on standard output.
        println!("cargo::rerun-if-changed=../../{directory}");
    }
}
