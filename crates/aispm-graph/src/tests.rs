use aispm_types::{
    Asset, AssetId, AssetKind, Batch, Fact, FactKind, Location, Policy, Relation, RelationKind, Value,
};

use crate::{derive_systems, resolve, settle};

fn at(path: &str) -> Location {
    Location::file("t", path).line(1)
}

fn asset(kind: AssetKind, rest: &str, path: &str) -> Asset {
    Asset::new(kind, rest, rest.rsplit('/').next().unwrap_or(rest)).at(at(path))
}

fn nobody(_: &str, _: &str) -> Option<String> {
    None
}

#[test]
fn sightings_merge_through_aliases_whatever_the_order() {
    let declared = asset(
        AssetKind::Account,
        "t/infra#azurerm_cognitive_account.x",
        "infra/main.tf",
    )
    .with("local_auth_enabled", true)
    .with("region", Value::unknown("variable without default"));
    let referenced =
        asset(AssetKind::Account, "azure-openai/x.openai.azure.com", "app.py").with("region", "westeurope");
    let mut batch = Batch::default();
    batch.alias(&referenced.id, &declared.id);
    let agent = asset(AssetKind::Agent, "t/app.py#a", "app.py");
    batch.relation(Relation::new(&agent.id, RelationKind::Uses, &referenced.id));
    batch.fact(Fact::new(FactKind::PromptInput, &referenced.id));
    for a in [&referenced, &agent, &declared] {
        batch.asset(a.clone());
    }
    let mut reversed = batch.clone();
    reversed.assets.reverse();
    let (one, other) = (resolve(batch), resolve(reversed));
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
    let merged = one.asset(&referenced.id).unwrap();
    assert_eq!(merged.id, declared.id);
    assert_eq!(
        merged.text("region"),
        Some("westeurope"),
        "unknown gives way to known"
    );
    assert_eq!(one.origin(&declared.id, "local_auth_enabled"), Some(&declared.id));
    assert_eq!(one.origin(&declared.id, "region"), Some(&referenced.id));
    assert_eq!(
        one.related(&agent.id, RelationKind::Uses).next().map(|a| &a.id),
        Some(&declared.id)
    );
    assert_eq!(one.facts(&referenced.id).len(), 1);
}

#[test]
fn an_alias_cycle_ends() {
    let mut batch = Batch::default();
    let ids: Vec<_> = ["a", "b", "c"]
        .map(|n| AssetId::new(AssetKind::Bucket, n))
        .to_vec();
    for (i, id) in ids.iter().enumerate() {
        batch.alias(id, &ids[(i + 1) % 3]);
        batch.asset(Asset::new(AssetKind::Bucket, ["a", "b", "c"][i], "x"));
    }
    assert_eq!(resolve(batch).assets().count(), 1);
}

#[test]
fn what_is_seen_in_files_settles_in_the_enclosing_service() {
    let mut batch = Batch::default();
    let repo = batch.asset(Asset::new(AssetKind::Repository, "r", "r").at(Location::file("t", ".")));
    let chat = batch.asset(asset(
        AssetKind::Service,
        "r/services/chat",
        "services/chat/pyproject.toml",
    ));
    let model = batch.asset(Asset::new(AssetKind::Model, "openai/gpt-4o", "gpt-4o").with("hosted", true));
    let agent = batch.asset(asset(
        AssetKind::Agent,
        "r/services/chat/src/a.py#x",
        "services/chat/src/a.py",
    ));
    batch.relation(Relation::new(&repo, RelationKind::Uses, &model).seen(at("services/chat/src/b.py")));
    batch.fact(Fact::new(FactKind::TaintTrace, &repo).at(at("services/chat/src/b.py")));
    settle(&mut batch);
    let graph = resolve(batch);
    assert_eq!(
        graph.related(&chat, RelationKind::Uses).next().map(|a| &a.id),
        Some(&model)
    );
    assert_eq!(
        graph.related(&chat, RelationKind::Contains).next().map(|a| &a.id),
        Some(&agent)
    );
    assert_eq!(graph.facts(&chat).len(), 1);
    assert_eq!(graph.facts(&repo).len(), 0);
}

#[test]
fn supporting_assets_stay_only_where_ai_stands_on_them() {
    let mut batch = Batch::default();
    let notebook = batch.asset(asset(AssetKind::Notebook, "t#nb", "main.tf"));
    let role = batch.asset(asset(AssetKind::Role, "t#role", "main.tf"));
    let bucket = batch.asset(asset(AssetKind::Bucket, "t#data", "main.tf"));
    let ingress = batch.asset(asset(AssetKind::Network, "t#ingress", "main.tf"));
    batch.asset(asset(AssetKind::Bucket, "t#logs", "main.tf"));
    let web = batch.asset(asset(AssetKind::Function, "t#web", "main.tf"));
    batch.relation(Relation::new(&notebook, RelationKind::RunsAs, &role));
    batch.relation(Relation::new(&role, RelationKind::CanRead, &bucket));
    batch.relation(Relation::new(&ingress, RelationKind::Exposes, &notebook));
    batch.relation(Relation::new(&ingress, RelationKind::Exposes, &web));
    let graph = resolve(batch).pruned();
    let kept: Vec<_> = graph.assets().map(|a| a.name.as_str()).collect();
    assert_eq!(kept, ["t#data", "t#ingress", "t#nb", "t#role"]);
}

#[test]
fn training_data_that_code_names_is_the_nearest_file() {
    let named = |id: &str, path: &str, uri: &str| asset(AssetKind::Dataset, id, path).with("uri", uri);
    for (uri, file, joined) in [
        ("train.jsonl", "app/train.jsonl", true),
        ("./data/train.jsonl", "data/train.jsonl", true),
        ("train.jsonl", "other/train.jsonl", false),
        ("s3://bucket/train.jsonl", "app/train.jsonl", false),
    ] {
        let mut batch = Batch::default();
        let job = batch.asset(asset(AssetKind::TrainingJob, "r/app/t.py#Trainer", "app/t.py"));
        let code = batch.asset(named("r/app/t.py#set", "app/t.py", uri));
        let rows = batch.asset(asset(AssetKind::Dataset, &format!("r/{file}"), file));
        batch.relation(Relation::new(&job, RelationKind::TrainedOn, &code));
        settle(&mut batch);
        let graph = resolve(batch);
        let trained = graph.outgoing(&job).find(|r| r.kind == RelationKind::TrainedOn);
        assert_eq!(trained.map(|r| r.to == rows), Some(joined), "{uri} {file}");
    }
}

#[test]
fn buckets_for_models_are_kept_beside_ai_resources() {
    let declared = |kind, id: &str, path: &str| asset(kind, id, path).with("resource_type", "x");
    let mut batch = Batch::default();
    batch.asset(declared(AssetKind::Endpoint, "t#llm", "ai/main.tf"));
    batch.asset(declared(AssetKind::Bucket, "t#models", "ai/data.tf").with("purpose", "model-artifacts"));
    batch.asset(declared(AssetKind::Bucket, "t#logs", "ai/data.tf"));
    batch.asset(declared(AssetKind::Bucket, "t#other", "web/data.tf").with("purpose", "model-artifacts"));
    let graph = resolve(batch).pruned();
    let kept: Vec<_> = graph.assets().map(|a| a.name.as_str()).collect();
    assert_eq!(kept, ["t#models", "t#llm"]);
}

#[test]
fn systems_follow_services_and_shared_models_join_nothing() {
    let mut batch = Batch::default();
    let model = batch.asset(Asset::new(AssetKind::Model, "openai/gpt-4o", "gpt-4o").with("hosted", true));
    for name in ["chat", "triage"] {
        let service = batch.asset(asset(
            AssetKind::Service,
            &format!("r/{name}"),
            &format!("{name}/pyproject.toml"),
        ));
        let agent = batch.asset(asset(
            AssetKind::Agent,
            &format!("r/{name}/a.py#a"),
            &format!("{name}/a.py"),
        ));
        batch.relation(Relation::new(&service, RelationKind::Uses, &model));
        batch.relation(Relation::new(&agent, RelationKind::Uses, &model));
    }
    settle(&mut batch);
    let graph = resolve(batch).pruned();
    let systems = derive_systems(&graph, &Policy::default(), &nobody);
    let names: Vec<_> = systems.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["chat", "triage"]);
    assert!(
        systems
            .iter()
            .all(|s| s.assets.contains(&model) && s.assets.len() == 3)
    );
    let graph = graph.with_systems(&systems);
    assert_eq!(graph.of_kind(AssetKind::AiSystem).count(), 2);
}
