"""Settings of the chat service."""
import os

AZURE_ENDPOINT = os.environ.get("AZURE_OPENAI_ENDPOINT", "https://acme-support.openai.azure.com")
CHAT_DEPLOYMENT = os.getenv("CHAT_DEPLOYMENT", "gpt-4o")
SEARCH_ENDPOINT = "https://acme-support-kb.search.windows.net"
SEARCH_INDEX = "support-articles"
