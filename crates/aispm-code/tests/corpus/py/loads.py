import pickle
import torch
import joblib
from transformers import AutoModelForCausalLM, pipeline
from sentence_transformers import SentenceTransformer
from datasets import load_dataset

weights = torch.load("weights/model.pt")  # expect: load torch.load
safe = torch.load("weights/model.pt", weights_only=True)  # expect: load torch.load
forest = joblib.load("forest.joblib")  # expect: load joblib.load
other = pickle.load(open("model.pkl", "rb"))  # expect: load pickle.load
lm = AutoModelForCausalLM.from_pretrained("acme/tiny-lm", trust_remote_code=True)  # expect: load transformers.AutoModelForCausalLM.from_pretrained; model huggingface/acme/tiny-lm
classify = pipeline("text-classification", model="distilbert-base-uncased")  # expect: load transformers.pipeline; model huggingface/distilbert-base-uncased
embed = SentenceTransformer("all-MiniLM-L6-v2")  # expect: load sentence_transformers.SentenceTransformer; model huggingface/all-MiniLM-L6-v2
data = load_dataset("imdb", split="train")  # expect: dataset imdb
