from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    llm_model: str = "claude-3-5-haiku-latest"


settings = Settings()
MODELS = {"small": dict(id="gpt-4.1-nano")}
SMALL = MODELS["small"]
