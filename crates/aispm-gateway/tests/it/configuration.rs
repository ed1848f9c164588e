//! The configuration: every error at its place, with what to do.

use aispm_gateway::{Config, example};

const ROUTE: &str = "[[guard.route]]\nname = \"a\"\npath = \"/v1\"\nupstream = \"https://api.acme.example/v1\"\nsink = \"html\"\n";

fn errors(text: &str) -> String {
    let all = Config::parse(text, "aispm-guard.toml").expect_err(text);
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_is_sound_and_so_is_it_with_everything_on() {
    Config::parse(&example(), "x").unwrap_or_else(|e| panic!("{e:#?}"));
    let on: String = example()
        .lines()
        .map(|l| {
            if l.starts_with("# ") && (l.contains(" = ") || l.starts_with("# [[")) {
                l.split_at(2).1
            } else {
                l
            }
        })
        .collect::<Vec<_>>()
        .join("\n");
    // A client's token tells the application.
    let on = on.replace("application = ", "# application = ");
    let config = Config::parse(&on, "x").unwrap_or_else(|e| panic!("{e:#?}\n{on}"));
    assert_eq!((config.clients.len(), config.routes.len()), (1, 1));
}

#[test]
fn the_longest_path_is_tried_first() {
    let more = ROUTE
        .replace("\"a\"", "\"b\"")
        .replace("\"/v1\"", "\"/v1/team/\"");
    let config = Config::parse(&["[guard]\n", ROUTE, &more].concat(), "x").unwrap();
    let paths: Vec<&str> = config.routes.iter().map(|r| r.path.as_str()).collect();
    assert_eq!(paths, ["/v1/team", "/v1"]);
    assert!(config.listen.ip().is_loopback());
}

#[test]
fn errors_say_where_and_what_to_do() {
    let with = |line: &str| ["[guard]\n", ROUTE, line, "\n"].concat();
    let top = |line: &str| ["[guard]\n", line, "\n", ROUTE].concat();
    for (text, at, message, help) in [
        (
            with("sinc = \"html\""),
            "7:1",
            "unknown key `sinc`",
            "did you mean `sink`?",
        ),
        (
            with("").replace("\"html\"", "\"htm\""),
            "6:8",
            "`sink` cannot be `htm`",
            "did you mean `html`?",
        ),
        (with("hold = 3"), "7:8", "`hold` is 3", "from 1024 to"),
        (
            with("allow_hosts = [\"docs.acme.example\", \"https://x.example/a\"]"),
            "7:37",
            "`https://x.example/a` is no host",
            "`x.example`",
        ),
        (
            with("allow_hosts = [\"*.com\"]"),
            "7:16",
            "is no host",
            "name a domain",
        ),
        (
            with("allow_hosts = \"x\""),
            "7:15",
            "should be a list of texts",
            "write it as",
        ),
        (with("on_error = true"), "7:12", "should be one of", "\"closed\""),
        (
            with("").replace("https://", "http://"),
            "5:12",
            "in the clear",
            "plain_http",
        ),
        (
            with("").replace("https://", "https://user:pw@"),
            "5:12",
            "holds a credential",
            "key_env",
        ),
        (
            with("").replace("/v1\"\nsink", "/v1?x=1\"\nsink"),
            "5:12",
            "is not plain",
            "query",
        ),
        (
            with("").replace("path = \"/v1\"", "path = \"v1\""),
            "4:8",
            "is no path",
            "`/v1`",
        ),
        (
            with("").replace("name = \"a\"\n", ""),
            "2:1",
            "needs the key `name`",
            "add `name",
        ),
        (with(ROUTE), "8:8", "stands twice", ""),
        (
            with(&ROUTE.replace("\"a\"", "\"b\"")),
            "9:8",
            "two routes have the path",
            "",
        ),
        (
            top("listen = \"0.0.0.0:80\""),
            "2:10",
            "serve anybody",
            "guard.client",
        ),
        (
            top("listen = \"0.0.0.0:80\""),
            "2:10",
            "in the clear",
            "plain_http",
        ),
        (
            top("listen = \"localhost\""),
            "2:10",
            "no address and port",
            "127.0.0.1:8788",
        ),
        (
            "[guard]\nroute = 1\n".into(),
            "2:1",
            "should be a list of tables",
            "[[guard.route]]",
        ),
        (
            "[gaurd]\n".into(),
            "1:2",
            "unknown section `gaurd`",
            "did you mean `guard`?",
        ),
        ("[guard]\n".into(), "1:2", "there is no route", "example"),
        (
            "listen = \"127.0.0.1:1\"\n".into(),
            "1:1",
            "unknown section `listen`",
            "belongs into `[guard]`",
        ),
        ("[guard\n".into(), "1:", "not valid TOML", ""),
    ] {
        let told = errors(&text);
        assert!(
            told.contains(message) && told.contains(help) && told.contains(&format!("aispm-guard.toml:{at}")),
            "{text}\n{message} {at} {help}\n{told}"
        );
    }
}

#[test]
fn a_key_in_the_configuration_is_refused_and_not_shown() {
    let key = "sk-proj-a8Kd93jQmZxP2LrT5wVb";
    let told = errors(&["[guard]\n", ROUTE, "key_env = \"", key, "\"\n"].concat());
    assert!(
        told.contains("never the key itself") && !told.contains(key),
        "{told}"
    );
}
