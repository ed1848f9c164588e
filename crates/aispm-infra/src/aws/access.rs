//! What roles and users may do: Allow statements without a Deny, matched against what the estate declares.
//!
//! Simple on purpose: conditions, `NotAction` and unknown resources make a relation possible, never certain. Boundaries and
//! service control policies are not in the code and are not considered.

use std::collections::BTreeMap;

use aispm_types::{Asset, AssetId, AssetKind as K, RelationKind as R, Value};

use super::policy::{self, Statement, matches};
use crate::normal::{Draft, Estate, Named, Resource, Term};

/// Statement and resource pairs that are compared; more become a gap.
const MAX_COMPARISONS: usize = 2_000_000;

/// An action on a resource type and what it makes possible.
#[rustfmt::skip]
const GRANTS: &[(&str, &str, R)] = &[
    ("aws_s3_bucket", "s3:GetObject", R::CanRead),
    ("aws_s3_bucket", "s3:PutObject", R::CanWrite),
    ("aws_sagemaker_endpoint", "sagemaker:InvokeEndpoint", R::CanInvoke),
    ("aws_sagemaker_endpoint", "sagemaker:UpdateEndpoint", R::CanWrite),
    ("aws_sagemaker_notebook_instance", "sagemaker:CreatePresignedNotebookInstanceUrl", R::CanInvoke),
    ("aws_sagemaker_notebook_instance", "sagemaker:UpdateNotebookInstance", R::CanWrite),
    ("aws_sagemaker_domain", "sagemaker:CreatePresignedDomainUrl", R::CanInvoke),
    ("aws_sagemaker_feature_group", "sagemaker:GetRecord", R::CanRead),
    ("aws_sagemaker_feature_group", "sagemaker:PutRecord", R::CanWrite),
    ("aws_sagemaker_pipeline", "sagemaker:StartPipelineExecution", R::CanInvoke),
    ("aws_sagemaker_pipeline", "sagemaker:UpdatePipeline", R::CanWrite),
    ("aws_sagemaker_model_package_group", "sagemaker:CreateModelPackage", R::CanWrite),
    ("aws_bedrockagent_agent", "bedrock:InvokeAgent", R::CanInvoke),
    ("aws_bedrockagent_agent", "bedrock:UpdateAgent", R::CanWrite),
    ("aws_bedrockagent_knowledge_base", "bedrock:Retrieve", R::CanRead),
    ("aws_bedrock_guardrail", "bedrock:UpdateGuardrail", R::CanWrite),
    ("aws_bedrock_custom_model", "bedrock:InvokeModel", R::CanInvoke),
    ("aws_bedrock_provisioned_model_throughput", "bedrock:InvokeModel", R::CanInvoke),
    ("aws_kendra_index", "kendra:Query", R::CanRead),
    ("aws_kendra_index", "kendra:BatchPutDocument", R::CanWrite),
    ("aws_opensearchserverless_collection", "aoss:APIAccessAll", R::CanRead),
    ("aws_lambda_function", "lambda:InvokeFunction", R::CanInvoke),
    ("aws_lambda_function", "lambda:UpdateFunctionCode", R::CanWrite),
    ("aws_dynamodb_table", "dynamodb:GetItem", R::CanRead),
    ("aws_dynamodb_table", "dynamodb:PutItem", R::CanWrite),
    ("aws_secretsmanager_secret", "secretsmanager:GetSecretValue", R::CanRead),
    ("aws_ecr_repository", "ecr:PutImage", R::CanWrite),
];

/// Managed policies of AWS that matter beside AI: (name, actions, resources).
#[rustfmt::skip]
const MANAGED: &[(&str, &[&str], &[&str])] = &[
    ("AdministratorAccess", &["*"], &["*"]),
    ("PowerUserAccess", &["s3:*", "sagemaker:*", "bedrock:*", "lambda:*", "dynamodb:*", "secretsmanager:*", "ecr:*", "kendra:*"], &["*"]),
    ("AmazonS3FullAccess", &["s3:*"], &["*"]),
    ("AmazonS3ReadOnlyAccess", &["s3:Get*", "s3:List*", "s3:Describe*"], &["*"]),
    ("AmazonSageMakerFullAccess", &["sagemaker:*"], &["*"]),
    ("AmazonSageMakerFullAccess", &["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], &["arn:aws:s3:::*sagemaker*", "arn:aws:s3:::*aws-glue*"]),
    ("AmazonSageMakerFullAccess", &["iam:PassRole"], &["arn:aws:iam::*:role/*AmazonSageMaker*"]),
    ("AmazonSageMakerReadOnly", &["sagemaker:Describe*", "sagemaker:List*"], &["*"]),
    ("AmazonBedrockFullAccess", &["bedrock:*"], &["*"]),
    ("AmazonBedrockReadOnly", &["bedrock:Get*", "bedrock:List*"], &["*"]),
    ("AmazonKendraFullAccess", &["kendra:*"], &["*"]),
    ("AWSLambda_FullAccess", &["lambda:*", "iam:PassRole"], &["*"]),
    ("AmazonDynamoDBFullAccess", &["dynamodb:*"], &["*"]),
    ("SecretsManagerReadWrite", &["secretsmanager:*"], &["*"]),
    ("IAMFullAccess", &["iam:*"], &["*"]),
    ("AmazonEC2ContainerRegistryFullAccess", &["ecr:*"], &["*"]),
    ("AmazonEC2ContainerRegistryPowerUser", &["ecr:PutImage", "ecr:GetDownloadUrlForLayer"], &["*"]),
];

/// What one principal was given.
#[derive(Default)]
struct Granted<'a> {
    statements: Vec<(Statement, &'a Resource)>,
    managed: Vec<String>,
}

/// Works out what every role and user of the estate may do.
pub(crate) fn span(estate: &Estate, draft: &mut Draft<'_>) {
    let granted = gather(estate);
    let mut left = MAX_COMPARISONS;
    for principal in estate
        .of_type("aws_iam_role")
        .chain(estate.of_type("aws_iam_user"))
    {
        let Some(id) = draft.id_of(principal).cloned() else {
            continue;
        };
        let empty = Granted::default();
        let own = granted.get(&principal.address()).unwrap_or(&empty);
        describe(principal, &id, own, draft);
        relate(&id, own, estate, draft, &mut left);
    }
    if left == 0 {
        draft.out.gap(
            "terraform access",
            format!("more than {MAX_COMPARISONS} policy comparisons (access budget)"),
        );
    }
}

/// Attributes that give a policy to principals: (type, attribute naming the principals, attribute holding the policy).
const GIVING: &[(&str, &str, &str)] = &[
    ("aws_iam_role_policy", "role", "policy"),
    ("aws_iam_user_policy", "user", "policy"),
    ("aws_iam_role_policy_attachment", "role", "policy_arn"),
    ("aws_iam_user_policy_attachment", "user", "policy_arn"),
    ("aws_iam_policy_attachment", "roles", "policy_arn"),
    ("aws_iam_policy_attachment", "users", "policy_arn"),
];

fn gather(estate: &Estate) -> BTreeMap<String, Granted<'_>> {
    let mut out: BTreeMap<String, Granted<'_>> = BTreeMap::new();
    for (resource_type, whose, what) in GIVING {
        for giving in estate.of_type(resource_type) {
            let Some(policy) = giving.at(what) else { continue };
            for principal in principals(estate, giving, whose) {
                give(
                    out.entry(principal.address()).or_default(),
                    &policy,
                    giving,
                    estate,
                );
            }
        }
    }
    for role in estate.of_type("aws_iam_role") {
        let own = out.entry(role.address()).or_default();
        for inline in role.blocks("inline_policy") {
            if let Some(policy) = inline.at("policy") {
                give(own, &policy, role, estate);
            }
        }
        for arn in role.blocks("managed_policy_arns") {
            give(own, &arn, role, estate);
        }
    }
    out
}

fn principals<'a>(estate: &'a Estate, giving: &Resource, path: &str) -> Vec<&'a Resource> {
    let mut found = estate.targets(giving, path);
    found.retain(|r| matches!(r.resource_type.as_str(), "aws_iam_role" | "aws_iam_user"));
    let term = giving.at(path);
    for name in term.iter().flat_map(|t| t.items()).filter_map(Term::as_text) {
        found.extend(
            estate
                .of_type("aws_iam_role")
                .chain(estate.of_type("aws_iam_user"))
                .filter(|r| estate.text(r, "name").as_deref() == Some(name)),
        );
    }
    found
}

/// A policy is a document, a managed policy's ARN, or a reference to a policy the estate declares.
fn give<'a>(own: &mut Granted<'a>, policy: &Term, at: &'a Resource, estate: &'a Estate) {
    if let Term::Ref(r) = policy {
        let declared: Vec<&Resource> = estate
            .find(r)
            .filter(|t| t.resource_type.ends_with("aws_iam_policy"))
            .collect();
        for target in &declared {
            if let Some(document) = target.at("policy") {
                own.statements.extend(
                    policy::statements(&document, estate)
                        .into_iter()
                        .map(|s| (s, *target)),
                );
            } else if let Some(name) = target.text("arn").or_else(|| target.text("name")) {
                managed(own, &name, at);
            }
        }
        if !declared.is_empty() {
            return;
        }
    }
    let known = estate.resolve(policy);
    let arn = match &known {
        Term::Text(t) if t.starts_with("arn:") => Some(t.as_str()),
        // The partition is often a data source: `arn:${data.aws_partition.current.partition}:iam::aws:policy/NAME`.
        Term::Template(parts) => match (
            parts.first().and_then(Term::as_text),
            parts.last().and_then(Term::as_text),
        ) {
            (Some("arn:"), Some(tail)) if tail.contains(":policy/") => Some(tail),
            _ => None,
        },
        _ => None,
    };
    match arn {
        Some(arn) => managed(own, arn, at),
        None => own
            .statements
            .extend(policy::statements(&known, estate).into_iter().map(|s| (s, at))),
    }
}

fn managed<'a>(own: &mut Granted<'a>, arn: &str, at: &'a Resource) {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    own.managed.push(name.to_owned());
    for (_, actions, resources) in MANAGED.iter().filter(|(n, _, _)| *n == name) {
        let statement = Statement {
            allow: true,
            actions: actions.iter().map(|a| (*a).to_owned()).collect(),
            resources: resources.iter().map(|r| Term::from(*r)).collect(),
            ..Statement::default()
        };
        own.statements.push((statement, at));
    }
}

fn describe(principal: &Resource, id: &AssetId, own: &Granted<'_>, draft: &mut Draft<'_>) {
    let allowed: Vec<&Statement> = own
        .statements
        .iter()
        .map(|(s, _)| s)
        .filter(|s| s.allow)
        .collect();
    let mut actions: Vec<String> = allowed.iter().flat_map(|s| s.actions.clone()).collect();
    actions.sort();
    actions.dedup();
    let unknown = own.statements.iter().find_map(|(s, _)| {
        let empty = s.actions.is_empty() && s.not_actions.is_empty();
        s.unknown.clone().filter(|_| empty)
    });
    let admin = allowed
        .iter()
        .any(|s| s.wildcard() && s.actions.iter().any(|a| a == "*" || a == "*:*"));
    let wildcard = allowed.iter().any(|s| s.wildcard());
    let known = |yes: bool| match (&unknown, yes) {
        (Some(reason), false) => Value::unknown(reason.as_str()),
        _ => Value::Bool(yes),
    };
    draft.set(principal, "admin", known(admin));
    draft.set(principal, "wildcard_actions", known(wildcard));
    draft.set(principal, "actions", actions);
    if principal.resource_type == "aws_iam_role" && !own.managed.is_empty() {
        let mut names = own.managed.clone();
        names.sort();
        names.dedup();
        draft.set(principal, "policies", names);
    }
    for (statement, at) in &own.statements {
        draft.fact(statement.fact(id, at));
    }
}

fn relate(id: &AssetId, own: &Granted<'_>, estate: &Estate, draft: &mut Draft<'_>, left: &mut usize) {
    let denials: Vec<&Statement> = own
        .statements
        .iter()
        .map(|(s, _)| s)
        .filter(|s| !s.allow && !s.actions.is_empty())
        .collect();
    for (statement, at) in own.statements.iter().filter(|(s, _)| s.allow) {
        for (resource_type, action, kind) in GRANTS {
            if !statement.covers_action(action) {
                continue;
            }
            for target in estate.of_type(resource_type) {
                if *left == 0 {
                    return;
                }
                *left -= 1;
                let Some(to) = draft.id_of(target).cloned() else {
                    continue;
                };
                let Some(mut doubt) = covers(statement, target, estate) else {
                    continue;
                };
                let mut denied = false;
                for d in denials.iter().filter(|d| d.covers_action(action)) {
                    match covers(d, target, estate) {
                        Some(None) if d.restrictions().is_empty() => denied = true,
                        Some(_) => doubt = Some(String::from("a Deny under conditions may apply")),
                        None => {}
                    }
                }
                if !denied {
                    draft.relate_if(id, *kind, &to, at, doubt.as_deref());
                }
            }
        }
        named(id, statement, at, estate, draft);
    }
}

/// Whether a statement covers a resource: none for no, else what it depends on.
fn covers(statement: &Statement, target: &Resource, estate: &Estate) -> Option<Option<String>> {
    let mut doubt = None;
    let restrictions = statement.restrictions();
    if !restrictions.is_empty() {
        doubt = Some(format!("conditions on {}", restrictions.join(", ")));
    } else if !statement.not_actions.is_empty() {
        doubt = Some(String::from("granted by NotAction"));
    }
    if !statement.not_resources.is_empty() {
        return Some(Some(String::from("granted by NotResource")));
    }
    let fits: Vec<Option<String>> = statement
        .resources
        .iter()
        .filter_map(|r| resource_fits(r, target, estate))
        .collect();
    if fits.is_empty() {
        return None;
    }
    Some(if fits.iter().any(Option::is_none) {
        doubt
    } else {
        doubt.or_else(|| fits.into_iter().flatten().next())
    })
}

/// Name of a resource with what is not known of it replaced by a character no pattern holds.
fn name_of(target: &Resource, estate: &Estate) -> Option<String> {
    let paths = [
        "bucket",
        "name",
        "function_name",
        "agent_name",
        "feature_group_name",
        "pipeline_name",
        "custom_model_name",
    ];
    let term = paths.iter().find_map(|p| target.at(p))?;
    Some(match estate.resolve(&term) {
        Term::Text(t) => t,
        Term::Template(parts) => parts.iter().map(|p| p.as_text().unwrap_or("\u{1}")).collect(),
        _ => return None,
    })
}

fn resource_fits(resource: &Term, target: &Resource, estate: &Estate) -> Option<Option<String>> {
    let references = resource.references();
    if references
        .iter()
        .any(|r| estate.find(r).any(|t| std::ptr::eq(t, target)))
    {
        return Some(None);
    }
    let known = estate.resolve(resource);
    let (pattern, doubt) = match &known {
        Term::Text(t) => (t.clone(), None),
        // A reference to something else of the estate names that, not this.
        Term::Template(_)
            if !references.is_empty() && references.iter().any(|r| !r.resource_type.starts_with("data.")) =>
        {
            return None;
        }
        Term::Template(parts) => (
            parts.iter().map(|p| p.as_text().unwrap_or("*")).collect(),
            known.reason().map(str::to_owned),
        ),
        Term::Unknown(reason) | Term::Missing(reason) => {
            return Some(Some(format!("the resource is not known: {reason}")));
        }
        _ => return None,
    };
    if pattern == "*" {
        return Some(doubt);
    }
    // `arn:partition:service:region:account:` and what it names.
    let tail = pattern.splitn(6, ':').nth(5)?;
    let name = name_of(target, estate)?;
    let last = tail.rsplit_once(['/', ':']).map_or(tail, |(_, l)| l);
    let bucket = target.resource_type == "aws_s3_bucket";
    let fits = if bucket {
        matches(tail.split('/').next().unwrap_or(tail), &name)
    } else {
        tail == "*" || matches(last, &name) || tail.split('/').any(|part| !part.contains('*') && part == name)
    };
    fits.then_some(doubt)
}

/// What statements name that the estate does not declare: buckets and Bedrock models by ARN, Bedrock as a whole.
fn named(id: &AssetId, statement: &Statement, at: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let restrictions = statement.restrictions();
    let doubt = (!restrictions.is_empty()).then(|| format!("conditions on {}", restrictions.join(", ")));
    let bedrock = statement
        .actions
        .iter()
        .any(|a| a.to_ascii_lowercase().starts_with("bedrock:"))
        && statement.covers_action("bedrock:InvokeModel");
    for resource in &statement.resources {
        let Term::Text(arn) = estate.resolve(resource) else {
            continue;
        };
        if bedrock {
            let target = match Named::BedrockModel
                .asset(&arn)
                .filter(|_| arn.starts_with("arn:"))
            {
                Some(model) => model,
                None if arn == "*" || arn.contains(":bedrock:") => {
                    Asset::new(K::Account, "bedrock", "Amazon Bedrock")
                        .provider("aws")
                        .with("kind", "bedrock")
                        .with("ai", true)
                }
                None => continue,
            };
            let to = draft.mention(target);
            draft.relate_if(id, R::CanInvoke, &to, at, doubt.as_deref());
        }
        if arn.contains(":s3:::") && resource.references().is_empty() {
            for (action, kind) in [("s3:GetObject", R::CanRead), ("s3:PutObject", R::CanWrite)] {
                if let Some(bucket) = Named::Bucket("s3")
                    .asset(&arn)
                    .filter(|_| statement.covers_action(action))
                {
                    let to = draft.mention(bucket);
                    draft.relate_if(id, kind, &to, at, doubt.as_deref());
                }
            }
        }
    }
}
