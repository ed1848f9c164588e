//! Infrastructure as code: Terraform, Kubernetes manifests and compose files, read into one normal form.
//!
//! Nothing is run: no provider, no template engine, no cluster. What only a run could tell is unknown, with the reason.

mod aws;
mod azure;
mod compose;
mod credential;
mod google;
mod kubernetes;
mod labels;
mod machine;
mod normal;
mod serving;
mod terraform;

use aispm_collect::Reader;

use normal::{Draft, Estate, Row};

/// Resource tables of all providers.
const TABLES: &[&[Row]] = &[
    aws::sagemaker::ROWS,
    aws::bedrock::ROWS,
    aws::search::ROWS,
    aws::storage::ROWS,
    aws::identity::ROWS,
    aws::compute::ROWS,
    aws::network::ROWS,
    azure::ai::ROWS,
    azure::machine_learning::ROWS,
    azure::platform::ROWS,
    google::vertex::ROWS,
    google::platform::ROWS,
];

/// What spans resources: who may do what, what is open to whom.
const SPANNING: &[fn(&Estate, &mut Draft<'_>)] =
    &[aws::access::span, azure::access::span, google::access::span];

/// The readers of this crate.
pub fn readers() -> Vec<Box<dyn Reader>> {
    vec![
        Box::new(terraform::TerraformReader),
        Box::new(kubernetes::KubernetesReader),
        Box::new(compose::ComposeReader),
    ]
}
