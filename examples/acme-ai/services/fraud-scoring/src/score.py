"""Scores card payments."""
import pickle

import onnxruntime
from flask import Flask, jsonify, request
from safetensors.numpy import load_file

app = Flask(__name__)

with open("models/fraud-classifier.pkl", "rb") as file:
    classifier = pickle.load(file)
intents = load_file("models/intent.safetensors")
embedder = onnxruntime.InferenceSession("models/embedder.onnx")


@app.post("/score")
def score():
    features = request.get_json()["features"]
    return jsonify(score=float(classifier.predict_proba([features])[0][1]))


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8000)
