from datasets import load_dataset
from transformers import AutoModelForCausalLM
from trl import SFTTrainer

data = load_dataset("acme/instructions", revision="0123456789012345678901234567890123456789")  # expect: dataset acme/instructions
model = AutoModelForCausalLM.from_pretrained("acme/base")  # expect: load transformers.AutoModelForCausalLM.from_pretrained; model huggingface/acme/base
trainer = SFTTrainer(model=model, train_dataset=data)  # expect: training_job SFTTrainer
trainer.train()
