"""Typed cache that the agent fills; some formats are unsafe."""
import io
import json
import marshal

import dill
import joblib
import jsonpickle
import numpy as np
import ruamel.yaml
import yaml
from ollama import Client

cli = Client(host="http://gpu:11434")


def say(prompt):
    return cli.generate(model="phi4", prompt=prompt)["response"]


def from_jsonpickle(p):
    return jsonpickle.decode(say(p))


def from_dill(p):
    blob = bytes.fromhex(say(p).strip())
    return dill.loads(blob)


def from_joblib(p):
    buf = io.BytesIO(say(p).encode("latin-1"))
    return joblib.load(buf)


def from_yaml_full(p):
    docs = yaml.load_all(say(p), Loader=yaml.Loader)
    return list(docs)


def from_yaml_safe(p):
    return yaml.load(say(p), Loader=yaml.SafeLoader)


def from_ruamel(p):
    return ruamel.yaml.YAML(typ="safe").load(say(p))


def from_numpy(p):
    buf = io.BytesIO(bytes.fromhex(say(p)))
    return np.load(buf, allow_pickle=False)


def warm():
    with open("/var/cache/agent/seed.json") as fh:
        return json.load(fh)


def constant_code():
    return marshal.loads(marshal.dumps((1, 2, 3)))
