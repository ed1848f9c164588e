import logging

from django.conf import settings
from openai import OpenAI

log = logging.getLogger(__name__)
_client = None


def _get():
    global _client
    if _client is None:
        _client = OpenAI(api_key=settings.OPENAI_API_KEY)
    return _client


def think(question):
    result = _get().responses.create(model="gpt-4.1-mini", input=question)
    text = result.output_text
    log.debug("model said %s", text)
    return text
