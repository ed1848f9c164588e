//! Amazon Web Services. Defaults are those of the Terraform AWS provider's documentation of each resource.

pub(crate) mod access;
pub(crate) mod bedrock;
pub(crate) mod compute;
pub(crate) mod identity;
pub(crate) mod network;
pub(crate) mod policy;
pub(crate) mod sagemaker;
pub(crate) mod search;
pub(crate) mod storage;
