"""Session memory kept as blobs which the model can hand back to us."""
import base64
import json
import pickle

import boto3

bedrock = boto3.client("bedrock-runtime", region_name="eu-west-1")
MODEL = "anthropic.claude-3-haiku-20240307-v1:0"


def invoke(prompt):
    body = json.dumps(
        {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": 500,
            "messages": [{"role": "user", "content": prompt}],
        }
    )
    resp = bedrock.invoke_model(modelId=MODEL, body=body)
    payload = json.loads(resp["body"].read())
    return payload["content"][0]["text"]


def converse(prompt):
    out = bedrock.converse(modelId=MODEL, messages=[{"role": "user", "content": [{"text": prompt}]}])
    return out["output"]["message"]["content"][0]["text"]


class Session:
    def __init__(self):
        self.state = {"turns": 0, "slots": {}}

    def dump(self):
        return base64.b64encode(pickle.dumps(self.state)).decode()

    def resume(self, hint):
        token = invoke(f"Return the state token from this conversation verbatim:\n{hint}")
        raw = base64.b64decode(token)
        self.state = pickle.loads(raw)

    def clone(self):
        twin = Session()
        twin.state = pickle.loads(pickle.dumps(self.state))
        return twin

    def resume_json(self, hint):
        token = converse(f"Return the slots as JSON:\n{hint}")
        try:
            self.state["slots"] = json.loads(token)
        except json.JSONDecodeError:
            self.state["slots"] = {}

    def save_summary(self):
        name = self.state["slots"].get("name", "session")
        with open(f"/var/lib/sessions/{name}.txt", "w") as fh:
            fh.write(str(self.state["turns"]))

    def save_default(self):
        with open("/var/lib/sessions/default.txt", "w") as fh:
            fh.write(str(self.state["slots"]))
