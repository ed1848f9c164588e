from openai import OpenAI

local = OpenAI(base_url="http://localhost:11434/v1", api_key="none")
reply = local.chat.completions.create(model="llama3.1", messages=[])  # expect: model ollama/llama3.1
remote = OpenAI(base_url="https://llm.acme.internal/v1", api_key="none")
other = remote.chat.completions.create(model="acme-7b", messages=[])  # expect: model self-hosted/acme-7b
router = OpenAI(base_url="https://openrouter.ai/api/v1")
third = router.chat.completions.create(model="qwen/qwen3-32b", messages=[])  # expect: model openrouter/qwen/qwen3-32b
