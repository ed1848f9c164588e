//! `aispm guard`.

use aispm_collect::read_bounded;
use aispm_gateway::{Config, Gateway, example};

use super::stopped;
use crate::args::{Common, GuardCommand, GuardRunArgs};
use crate::{Exit, Usage, terminal};

/// Most bytes of a configuration.
const CONFIGURATION: u64 = 1 << 20;

pub(crate) fn run(common: &Common, command: &GuardCommand) -> anyhow::Result<Exit> {
    match command {
        GuardCommand::Run(args) => start(common, args),
    }
}

fn start(common: &Common, args: &GuardRunArgs) -> anyhow::Result<Exit> {
    if args.example {
        terminal::print(example().as_bytes())?;
        return Ok(Exit::Clean);
    }
    let config = configuration(args)?;
    let (listen, log) = (config.listen, config.log.display().to_string());
    if args.check {
        let routes = config.routes.len();
        terminal::print(
            format!(
                "`{}` is sound: {routes} route(s), listens on {listen}\n",
                args.file.display()
            )
            .as_bytes(),
        )?;
        return Ok(Exit::Clean);
    }
    if common.offline {
        return Err(Usage("a guard asks upstreams, which `--offline` refuses".into()).into());
    }
    let routes: Vec<String> = config
        .routes
        .iter()
        .map(|r| format!("  {} -> {}\n", r.path, r.upstream))
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let variable = |name: &str| std::env::var(name).ok();
        let gateway = Gateway::bind(config, &variable, aispm_engine::clock::now);
        let gateway = gateway.await.map_err(|e| Usage(e.to_string()))?;
        let address = gateway.address()?;
        terminal::print(
            format!("aispm guards http://{address}\n{}log: {log}\n", routes.concat()).as_bytes(),
        )?;
        gateway.run(stopped()).await;
        Ok(Exit::Clean)
    })
}

fn configuration(args: &GuardRunArgs) -> anyhow::Result<Config> {
    let shown = args.file.display();
    let bytes = read_bounded(&args.file, CONFIGURATION).map_err(|e| {
        Usage(format!("cannot read the guard's configuration `{shown}`: {e}; `aispm guard run --example` prints one to begin with"))
    })?;
    let text = String::from_utf8(bytes).map_err(|_| Usage(format!("`{shown}` is not UTF-8")))?;
    let name = args
        .file
        .file_name()
        .map_or_else(|| shown.to_string(), |n| n.to_string_lossy().into_owned());
    Config::parse(&text, &name).map_err(|errors| {
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Usage(format!(
            "`{shown}` has {} error(s)\n{}",
            all.len(),
            all.join("\n")
        ))
        .into()
    })
}
