import boto3
import json

runtime = boto3.client("bedrock-runtime", region_name="us-east-1")
s3 = boto3.client("s3")


def talk(text):
    r = runtime.converse(modelId="anthropic.claude-3-sonnet-20240229-v1:0", messages=[{"role": "user", "content": [{"text": text}]}])  # expect: model bedrock/anthropic.claude-3-sonnet-20240229-v1:0
    return r["output"]["message"]["content"][0]["text"]


def guarded(text):
    return runtime.invoke_model(modelId="amazon.titan-text-lite-v1", body=json.dumps({"inputText": text}), guardrailIdentifier="gr-1")  # expect: model bedrock/amazon.titan-text-lite-v1; guardrail bedrock-guardrails


def upload(name):
    s3.put_object(Bucket="b", Key=name)
