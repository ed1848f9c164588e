//! What the infrastructure readers see in small documents.

mod compose;
mod exposure;
mod hostile;
mod kubernetes;
mod support;
mod terraform_aws;
mod terraform_azure;
mod terraform_google;
mod terraform_language;
