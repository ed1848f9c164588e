import re


def code_of(text):
    found = re.search(r"```(.*?)```", text, re.S)
    return found.group(1) if found else text


def slug_of(text):
    return re.sub(r"[^a-z0-9-]", "-", text.lower())


def size_of(text):
    return len(text)
