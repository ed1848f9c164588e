//! Conditions in three values, and what is refused at load.

use aispm_graph::{World, resolve};
use aispm_types::{Asset, AssetKind, Batch, Fact, FactKind, Policy, Relation, RelationKind, Value};

use super::{Condition, Gives, Names, Scope, Truth};

const KINDS: &[AssetKind] = &[AssetKind::Notebook, AssetKind::Agent, AssetKind::McpServer];

fn names() -> Names<'static> {
    Names {
        kinds: KINDS,
        element: None,
    }
}

fn judge(batch: Batch, source: &str) -> Truth {
    let condition =
        Condition::compile(source, &names(), Gives::Truth).unwrap_or_else(|e| panic!("{source}: {e:?}"));
    let graph = resolve(batch);
    let policy = Policy::default();
    let world = World {
        graph: &graph,
        policy: &policy,
        baseline: None,
        as_of: jiff::civil::date(2026, 1, 1),
    };
    let asset = graph.assets().find(|a| KINDS.contains(&a.kind)).unwrap();
    condition.truth(&Scope::new(asset, &world))
}

/// A server with a true, a false, an unknown and (by leaving it out) an absent property.
fn server() -> Batch {
    let mut batch = Batch::default();
    let id = batch.asset(
        Asset::new(AssetKind::McpServer, "r/mcp.json#files", "files")
            .with("tls", true)
            .with("pinned", false)
            .with(
                "authenticated",
                Value::unknown("set by a variable without default"),
            )
            .with("version", "1.2")
            .with(
                "args",
                Value::List(vec!["-y".into(), Value::unknown("an environment variable")]),
            ),
    );
    batch.fact(
        Fact::new(FactKind::HiddenInstruction, &id)
            .with("technique", "hidden-unicode")
            .with("confidence", Value::unknown("not measured")),
    );
    batch.fact(
        Fact::new(FactKind::HiddenInstruction, &id)
            .with("technique", "encoded")
            .with("confidence", "high"),
    );
    let tool = batch.asset(Asset::new(AssetKind::Tool, "r/tool", "tool").with("writes", true));
    batch.relation(Relation::new(&id, RelationKind::CallsTool, &tool));
    batch
}

#[test]
fn kleene() {
    use Truth::{False, True};
    // Written with properties: T, F and U stand for true, false and unknown.
    let (t, f, u) = (
        "asset.tls == true",
        "asset.pinned == true",
        "asset.authenticated == true",
    );
    let unknown =
        || Truth::Unknown("`asset.authenticated` is not known: set by a variable without default".to_owned());
    let rows = [
        (format!("{u} && {f}"), False),
        (format!("{f} && {u}"), False),
        (format!("{u} && {t}"), unknown()),
        (format!("{t} && {u}"), unknown()),
        (format!("{u} || {t}"), True),
        (format!("{t} || {u}"), True),
        (format!("{u} || {f}"), unknown()),
        (format!("{f} || {u}"), unknown()),
        (format!("!({u})"), unknown()),
        (format!("{u} ? true : true"), unknown()),
        (format!("{t} ? {u} : {f}"), unknown()),
        (format!("{t} ? {t} : {u}"), True),
        ("asset.authenticated == null".to_owned(), unknown()),
        ("asset.authenticated in [true, false]".to_owned(), unknown()),
    ];
    for (source, expected) in rows {
        assert_eq!(judge(server(), &source), expected, "{source}");
    }
}

#[test]
fn absent_is_null_and_absent_lists_are_empty() {
    for (source, expected) in [
        ("asset.disabled == true", Truth::False),
        ("asset.disabled != true", Truth::True),
        ("asset.disabled == null", Truth::True),
        ("size(asset.auto_approve) == 0", Truth::True),
        ("'x' in asset.auto_approve", Truth::False),
        ("asset.tags['team'] == null", Truth::True),
        ("asset.tags.team == null", Truth::True),
        ("asset.provider == null", Truth::True),
        ("policy.approved.models == null", Truth::True),
        ("'x' in policy.approved.models", Truth::False),
    ] {
        assert_eq!(judge(server(), source), expected, "{source}");
    }
}

#[test]
fn lists_with_something_unknown_are_unknown_unless_decided() {
    let item = || Truth::Unknown("an item of `asset.args` is not known: an environment variable".to_owned());
    let confidence =
        || Truth::Unknown("`hidden_instruction.confidence` is not known: not measured".to_owned());
    for (source, expected) in [
        ("'-y' in asset.args", Truth::True),
        ("'-z' in asset.args", item()),
        ("asset.args.exists(a, a == '-y')", Truth::True),
        ("asset.args.exists(a, a == '-z')", item()),
        ("asset.args.all(a, a == '-z')", Truth::False),
        ("asset.args == ['-y', 'x']", item()),
        ("size(asset.args) == 2", Truth::True),
        (
            "facts.hidden_instruction.exists(f, f.confidence == 'high')",
            Truth::True,
        ),
        (
            "facts.hidden_instruction.exists(f, f.confidence == 'low')",
            confidence(),
        ),
        (
            "facts.hidden_instruction.all(f, f.confidence == 'low')",
            Truth::False,
        ),
        ("facts.hidden_instruction.all(f, f.technique != '')", Truth::True),
        ("outgoing.calls_tool.exists(t, t.writes == true)", Truth::True),
        ("size(incoming.calls_tool) == 0", Truth::True),
    ] {
        assert_eq!(judge(server(), source), expected, "{source}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_unknown_and_never_a_pass() {
    let judged = judge(server(), "asset.url_host.startsWith('x')");
    assert!(
        matches!(&judged, Truth::Unknown(why) if why.contains("startsWith")),
        "{judged:?}"
    );
    let mut batch = Batch::default();
    batch.asset(Asset::new(AssetKind::Agent, "r/a", "a"));
    let judged = judge(batch, "asset.max_iterations > 5");
    assert!(
        matches!(&judged, Truth::Unknown(why) if why.contains("null")),
        "{judged:?}"
    );
}

#[test]
fn mistakes_are_refused_with_the_right_name() {
    for (source, expected) in [
        ("asset.root_acess == true", "(did you mean `root_access`?)"),
        (
            "asset.has_owner == true",
            "no notebook or agent or mcp_server has this property",
        ),
        (
            "size(facts.secret_siting) > 0",
            "(did you mean `secret_sighting`?)",
        ),
        (
            "facts.secret_sighting.exists(f, f.vendr == 'x')",
            "(did you mean `vendor`?)",
        ),
        ("size(outgoing.call_tool) > 0", "(did you mean `calls_tool`?)"),
        (
            "outgoing.uses.exists(a, a.publik == true)",
            "(did you mean `public`?)",
        ),
        ("policy.aproved.models == null", "(did you mean `approved`?)"),
        ("assset.public == true", "(did you mean `asset`?)"),
        ("asset.args.exist(a, a == '')", "(did you mean `exists`?)"),
        ("asset.public", "write `asset.public == true`"),
        ("asset.public && true", "may be absent"),
        ("asset.public == 'yes'", "`asset.public` is a bool"),
        ("asset.name == 3", "`asset.name` is a string"),
        ("asset.args == null", "an absent list is empty"),
        ("has(asset.public)", "!= null"),
        ("asset.args", "must be true or false"),
        ("facts.advisory.id == 'x'", "a list has no `id`"),
        ("asset.public ==", "syntax"),
    ] {
        let problems = Condition::compile(source, &names(), Gives::Truth).unwrap_err();
        assert!(
            problems.iter().any(|p| p.contains(expected)),
            "{source}: {problems:?}"
        );
    }
}

#[test]
fn names_the_properties_of_the_asset_in_order() {
    let condition = Condition::compile(
        "asset.tls != true && size(asset.args) > 0 && asset.tls != null",
        &names(),
        Gives::Truth,
    );
    assert_eq!(condition.unwrap().named, ["tls", "args"]);
}
