//! Engines by image and command, with their documented authentication defaults.

/// What an engine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Answers with a model.
    Serving,
    /// An application around models.
    App,
    /// Keeps embeddings.
    VectorStore,
    /// Runs notebooks.
    Notebook,
    /// Tracks experiments, runs pipelines.
    Tracking,
    /// Trains.
    Training,
}

/// Whether callers must show who they are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Auth {
    /// It has no authentication.
    None,
    /// Always on.
    Always,
    /// Off by default; on where one of these flags or variables is set.
    OnWith(&'static [&'static str]),
    /// On by default; off where a flag or variable has this value.
    OffWith(&'static [(&'static str, &'static str)]),
    /// It depends on versions or on settings that are not in the manifest.
    Varies,
}

/// One engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    /// Parts of image repositories; one that begins with `/` must be the last part of the name.
    images: &'static [&'static str],
    /// Programs or modules in a command.
    commands: &'static [&'static str],
    pub(crate) role: Role,
    pub(crate) auth: Auth,
    pub(crate) port: Option<i64>,
}

const fn engine(
    name: &'static str,
    images: &'static [&'static str],
    commands: &'static [&'static str],
    role: Role,
    auth: Auth,
    port: i64,
) -> Engine {
    Engine {
        name,
        images,
        commands,
        role,
        auth,
        port: Some(port),
    }
}

use Auth::{Always, OffWith, OnWith, Varies};
use Role::{App, Notebook, Serving, Tracking, Training, VectorStore};

/// Jupyter asks for a token unless it is set to nothing.
const JUPYTER_OFF: &[(&str, &str)] = &[
    ("--NotebookApp.token", ""),
    ("--ServerApp.token", ""),
    ("--IdentityProvider.token", ""),
    ("--LabApp.token", ""),
    ("JUPYTER_TOKEN", ""),
];

/// The engines. First match wins, so the narrower name comes first.
#[rustfmt::skip]
const ENGINES: &[Engine] = &[
    engine("vllm", &["vllm/", "/vllm", "/vllm-openai", "rocm/vllm"], &["vllm", "vllm.entrypoints.openai.api_server", "vllm.entrypoints.api_server"], Serving, OnWith(&["--api-key", "VLLM_API_KEY"]), 8000),
    engine("ollama", &["ollama/ollama", "/ollama"], &["ollama"], Serving, Auth::None, 11434),
    engine("tgi", &["text-generation-inference"], &["text-generation-launcher"], Serving, OnWith(&["--api-key", "API_KEY"]), 80),
    engine("tei", &["text-embeddings-inference"], &["text-embeddings-router"], Serving, OnWith(&["--api-key", "API_KEY"]), 80),
    engine("triton", &["tritonserver"], &["tritonserver"], Serving, Auth::None, 8000),
    engine("nim", &["nvcr.io/nim/"], &[], Serving, Auth::None, 8000),
    engine("llama.cpp", &["ggml-org/llama.cpp", "ggerganov/llama.cpp", "/llama.cpp", "llama-cpp-python"], &["llama-server", "llama_cpp.server"], Serving, OnWith(&["--api-key", "--api-key-file", "LLAMA_API_KEY"]), 8080),
    engine("sglang", &["lmsysorg/sglang", "/sglang"], &["sglang.launch_server"], Serving, OnWith(&["--api-key"]), 30000),
    engine("localai", &["localai/localai", "go-skynet/local-ai", "/local-ai", "/localai"], &["local-ai"], Serving, OnWith(&["--api-keys", "API_KEY", "LOCALAI_API_KEY"]), 8080),
    engine("lmdeploy", &["openmmlab/lmdeploy"], &["lmdeploy"], Serving, OnWith(&["--api-keys"]), 23333),
    engine("xinference", &["xprobe/xinference"], &["xinference-local", "xinference"], Serving, Auth::None, 9997),
    engine("torchserve", &["pytorch/torchserve"], &["torchserve"], Serving, Varies, 8080),
    engine("tensorflow-serving", &["tensorflow/serving"], &["tensorflow_model_server"], Serving, Auth::None, 8501),
    engine("litellm", &["berriai/litellm", "/litellm"], &["litellm"], Serving, OnWith(&["LITELLM_MASTER_KEY"]), 4000),
    engine("infinity", &["michaelf34/infinity"], &["infinity_emb"], Serving, OnWith(&["--api-key", "INFINITY_API_KEY"]), 7997),
    engine("kserve", &["kserve/"], &[], Serving, Varies, 8080),
    engine("seldon", &["seldonio/"], &["seldon-core-microservice"], Serving, Varies, 9000),
    engine("bentoml", &["/bentoml"], &["bentoml"], Serving, Auth::None, 3000),
    engine("ray", &["rayproject/ray", "anyscale/ray"], &["ray"], Serving, Auth::None, 8265),
    engine("mlflow", &["/mlflow"], &["mlflow"], Tracking, OnWith(&["--app-name", "MLFLOW_AUTH_CONFIG_PATH"]), 5000),
    engine("jupyter", &["jupyter/", "jupyterhub/", "jupyter-", "/jupyterlab", "notebook-servers/"], &["jupyter", "jupyter-lab", "jupyter-notebook", "jupyterhub", "start-notebook.sh", "start-notebook.py"], Notebook, OffWith(JUPYTER_OFF), 8888),
    engine("chroma", &["chromadb/chroma", "chroma-core/chroma", "/chroma"], &["chroma"], VectorStore, OnWith(&["CHROMA_SERVER_AUTHN_PROVIDER", "CHROMA_SERVER_AUTHN_CREDENTIALS", "CHROMA_SERVER_AUTH_PROVIDER", "CHROMA_SERVER_AUTH_CREDENTIALS"]), 8000),
    engine("qdrant", &["qdrant/qdrant", "/qdrant"], &["qdrant"], VectorStore, OnWith(&["QDRANT__SERVICE__API_KEY", "QDRANT__SERVICE__JWT_RBAC"]), 6333),
    engine("weaviate", &["semitechnologies/weaviate", "weaviate/weaviate", "/weaviate"], &["weaviate"], VectorStore, OnWith(&["AUTHENTICATION_APIKEY_ENABLED", "AUTHENTICATION_OIDC_ENABLED"]), 8080),
    engine("milvus", &["milvusdb/milvus", "/milvus"], &["milvus"], VectorStore, OnWith(&["COMMON_SECURITY_AUTHORIZATIONENABLED"]), 19530),
    engine("pgvector", &["/pgvector", "pgvector/", "ankane/pgvector"], &[], VectorStore, Always, 5432),
    engine("open-webui", &["open-webui/open-webui", "/open-webui"], &["open-webui"], App, OffWith(&[("WEBUI_AUTH", "false")]), 8080),
    engine("langflow", &["langflowai/langflow", "/langflow"], &["langflow"], App, OffWith(&[("LANGFLOW_AUTO_LOGIN", "true")]), 7860),
    engine("flowise", &["flowiseai/flowise", "/flowise"], &["flowise"], App, Varies, 3000),
    engine("dify", &["langgenius/dify"], &[], App, Always, 80),
    engine("anythingllm", &["mintplexlabs/anythingllm"], &[], App, Varies, 3001),
    engine("librechat", &["danny-avila/librechat"], &[], App, Always, 3080),
    engine("comfyui", &["/comfyui"], &[], App, Auth::None, 8188),
    engine("tensorboard", &["tensorflow/tensorboard"], &["tensorboard"], Tracking, Auth::None, 6006),
    engine("kubeflow-pipelines", &["ml-pipeline/", "kubeflow-pipelines"], &[], Tracking, Varies, 8888),
    engine("deepspeed", &["deepspeed/deepspeed"], &["deepspeed"], Training, Always, 0),
];

/// Programs that only start another one.
const STARTERS: &[&str] = &[
    "sh",
    "bash",
    "-c",
    "-lc",
    "python",
    "python3",
    "-m",
    "exec",
    "uv",
    "run",
    "tini",
    "--",
    "-g",
    "-u",
    "/bin/sh",
    "/bin/bash",
    "nohup",
    "env",
];

/// The engine that an image repository or a command runs.
pub(crate) fn find(image: Option<&str>, words: &[String]) -> Option<&'static Engine> {
    let by_image = image.and_then(|image| {
        ENGINES
            .iter()
            .find(|e| e.images.iter().any(|part| fits(image, part)))
    });
    by_image.or_else(|| {
        let program = words
            .iter()
            .find(|w| !STARTERS.contains(&w.as_str()) && !w.contains('='))?;
        let program = program.rsplit('/').next().unwrap_or(program);
        ENGINES.iter().find(|e| e.commands.contains(&program))
    })
}

fn fits(image: &str, part: &str) -> bool {
    match part.strip_prefix('/') {
        Some(last) => image.rsplit('/').next() == Some(last),
        None => {
            image.starts_with(part)
                || image.contains(&format!("/{part}"))
                || (!part.contains('/') && image.contains(part))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_by_image_and_command() {
        let words = |t: &str| -> Vec<String> { t.split(' ').map(str::to_owned).collect() };
        for (image, command, engine) in [
            (Some("vllm/vllm-openai"), "", Some("vllm")),
            (Some("ollama/ollama"), "", Some("ollama")),
            (Some("nvcr.io/nvidia/tritonserver"), "", Some("triton")),
            (Some("quay.io/jupyter/scipy-notebook"), "", Some("jupyter")),
            (
                Some("python"),
                "python -m vllm.entrypoints.openai.api_server",
                Some("vllm"),
            ),
            (None, "sh -c ollama serve", Some("ollama")),
            (Some("rayproject/ray"), "", Some("ray")),
            (Some("docker.io/library/nginx"), "nginx -g x", None),
            (Some("acme/payray"), "", None),
            (Some("acme/api"), "node server.js", None),
        ] {
            let found = find(image, &words(command)).map(|e| e.name);
            assert_eq!(found, engine, "{image:?} {command}");
        }
    }
}
