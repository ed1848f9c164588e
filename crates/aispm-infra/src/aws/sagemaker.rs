//! Amazon SageMaker.

use aispm_types::{AssetKind as K, RelationKind as R, Value};

use crate::normal::{Absent, Draft, Estate, Field, Link, Named, Read, Resource, Row};

/// Resource types.
pub(crate) const ROWS: &[Row] = &[
    // `root_access` and `direct_internet_access` default to `Enabled`, the metadata service to version 1.
    Row::asset(
        "aws_sagemaker_notebook_instance",
        K::Notebook,
        &["name"],
        &[
            Field::new(
                "root_access",
                "root_access",
                Read::IsNot("Disabled"),
                Absent::Bool(true),
            ),
            Field::new(
                "direct_internet_access",
                "direct_internet_access",
                Read::IsNot("Disabled"),
                Absent::Bool(true),
            ),
            Field::key("kms_key_id"),
            Field::customer_key("kms_key_id"),
            Field::present("in_vpc", "subnet_id"),
            Field::present("lifecycle_script", "lifecycle_config_name"),
            Field::new(
                "imds_v2_only",
                "instance_metadata_service_configuration.minimum_instance_metadata_service_version",
                Read::Is("2"),
                Absent::Bool(false),
            ),
        ],
        &[
            Link::role("role_arn"),
            Link::to("default_code_repository", R::Uses, Named::Nothing),
        ],
    ),
    Row::join(
        "aws_sagemaker_notebook_instance_lifecycle_configuration",
        lifecycle,
    ),
    Row::asset(
        "aws_sagemaker_domain",
        K::Notebook,
        &["domain_name"],
        &[
            Field::new(
                "direct_internet_access",
                "app_network_access_type",
                Read::IsNot("VpcOnly"),
                Absent::Bool(true),
            ),
            Field::key("kms_key_id"),
            Field::customer_key("kms_key_id"),
            Field::present("in_vpc", "subnet_ids"),
        ],
        &[Link::role("default_user_settings.execution_role")],
    ),
    Row::asset(
        "aws_sagemaker_user_profile",
        K::Identity,
        &["user_profile_name"],
        &[Field::fixed("kind", "user")],
        &[
            Link::to("user_settings.execution_role", R::CanAssume, Named::Role),
            Link::to("domain_id", R::CanInvoke, Named::Nothing),
        ],
    ),
    Row::asset(
        "aws_sagemaker_model",
        K::Model,
        &["name"],
        &[
            Field::flag("network_isolated", "enable_network_isolation", false),
            Field::present("in_vpc", "vpc_config"),
            Field::always("hosted", false),
        ],
        &[
            Link::role("execution_role_arn"),
            Link::to(
                "primary_container.model_data_url",
                R::StoredIn,
                Named::Bucket("s3"),
            ),
            Link::to("container.*.model_data_url", R::StoredIn, Named::Bucket("s3")),
            Link::to(
                "primary_container.model_data_source.s3_data_source.s3_uri",
                R::StoredIn,
                Named::Bucket("s3"),
            ),
            Link::to("primary_container.image", R::Uses, Named::Image),
            Link::to("container.*.image", R::Uses, Named::Image),
            Link::to("primary_container.model_package_name", R::Uses, Named::Nothing),
        ],
    )
    .also(model_artifacts),
    Row::asset(
        "aws_sagemaker_endpoint",
        K::Endpoint,
        &["name"],
        &[Field::always("authenticated", true)],
        &[],
    )
    .also(endpoint),
    Row::join("aws_sagemaker_endpoint_configuration", lone_configuration),
    Row::asset(
        "aws_sagemaker_feature_group",
        K::Dataset,
        &["feature_group_name"],
        &[Field::customer_key(
            "offline_store_config.s3_storage_config.kms_key_id",
        )],
        &[
            Link::role("role_arn"),
            Link::to(
                "offline_store_config.s3_storage_config.s3_uri",
                R::StoredIn,
                Named::Bucket("s3"),
            ),
        ],
    ),
    Row::asset(
        "aws_sagemaker_model_package_group",
        K::Model,
        &["model_package_group_name"],
        &[],
        &[],
    ),
    Row::asset(
        "aws_sagemaker_pipeline",
        K::Pipeline,
        &["pipeline_display_name", "pipeline_name"],
        &[Field::fixed("framework", "sagemaker")],
        &[Link::role("role_arn")],
    ),
    Row::asset(
        "aws_sagemaker_image",
        K::Image,
        &["image_name"],
        &[Field::always("ai", true)],
        &[Link::role("role_arn")],
    ),
    Row::asset(
        "aws_sagemaker_code_repository",
        K::Repository,
        &["code_repository_name"],
        &[],
        &[],
    ),
    Row::asset(
        "aws_sagemaker_flow_definition",
        K::Pipeline,
        &["flow_definition_name"],
        &[
            Field::fixed("framework", "sagemaker"),
            Field::customer_key("output_config.kms_key_id"),
        ],
        &[
            Link::role("role_arn"),
            Link::to("output_config.s3_output_path", R::StoredIn, Named::Bucket("s3")),
        ],
    ),
];

/// A start-up script runs on every notebook that names it.
fn lifecycle(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let scripted = resource.at("on_start").is_some() || resource.at("on_create").is_some();
    for notebook in estate.of_type("aws_sagemaker_notebook_instance") {
        let names = estate.targets(notebook, "lifecycle_config_name");
        if names.iter().any(|t| t.address() == resource.address()) {
            draft.set(notebook, "lifecycle_script", scripted);
        }
    }
}

/// What a model's bucket is for.
fn model_artifacts(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    for path in ["primary_container.model_data_url", "container.*.model_data_url"] {
        for target in estate.targets(resource, path) {
            draft.set(target, "purpose", "model-artifacts");
        }
    }
}

/// Fields of an endpoint stand in its configuration.
const CONFIGURATION: &[Field] = &[
    Field::key("kms_key_arn"),
    Field::customer_key("kms_key_arn"),
    Field::new(
        "instance_count",
        "production_variants.0.initial_instance_count",
        Read::Int,
        Absent::Int(1),
    ),
    Field::flag("data_capture", "data_capture_config.enable_capture", false),
];

/// The text of a blocks' attribute that a configuration serves.
const SERVED: Link = Link::to("production_variants.*.model_name", R::Serves, Named::Nothing);

fn endpoint(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let configurations = estate.targets(resource, "endpoint_config_name");
    let Some(id) = draft.id_of(resource).cloned() else {
        return;
    };
    for configuration in configurations {
        let Some(asset) = draft.asset_of(resource) else {
            return;
        };
        CONFIGURATION
            .iter()
            .for_each(|f| f.apply(configuration, estate, &mut asset.properties));
        for reference in configuration.at(SERVED.path).iter().flat_map(|t| t.references()) {
            for model in draft.ids_named(estate, reference) {
                draft.relate(&id, R::Serves, &model, configuration);
                let isolated = draft
                    .asset(&model)
                    .and_then(|m| m.get("network_isolated").cloned());
                draft.set(
                    resource,
                    "network_isolated",
                    isolated.unwrap_or(Value::Bool(false)),
                );
            }
        }
        for target in estate.targets(configuration, "data_capture_config.destination_s3_uri") {
            if let Some(bucket) = draft.id_of(target).cloned() {
                draft.relate(&id, R::StoredIn, &bucket, configuration);
            }
        }
    }
}

/// A configuration that no endpoint of the estate uses is shown by itself: something outside the code deploys it.
fn lone_configuration(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let used = estate.of_type("aws_sagemaker_endpoint").any(|e| {
        estate
            .targets(e, "endpoint_config_name")
            .iter()
            .any(|t| t.address() == resource.address())
    });
    if used {
        return;
    }
    const LONE: &[Row] = &[Row::asset(
        "aws_sagemaker_endpoint_configuration",
        K::Endpoint,
        &["name"],
        CONFIGURATION,
        &[],
    )];
    for row in LONE {
        let asset = row.declare(K::Endpoint, resource, estate);
        draft.declare(resource, asset);
        SERVED.apply(resource, estate, draft);
    }
}
