"""Fix failing tests with the model's help."""
import subprocess

from llm_client import generate, model_name


def failing_output() -> str:
    done = subprocess.run(["pytest", "-q"], capture_output=True, text=True)
    return done.stdout[-3000:]


def apply_fix() -> None:
    script = generate(f"Write a bash script that fixes this:\n{failing_output()}")
    subprocess.run(["bash", "-c", script], check=False)


def note_model() -> None:
    name = model_name()
    subprocess.run(f"echo fixed-by {name} >> .fixlog", shell=True, check=True)


def explain() -> None:
    text = generate(f"Explain this failure:\n{failing_output()}")
    subprocess.run(["cat"], input=text, text=True, check=False)


if __name__ == "__main__":
    apply_fix()
    note_model()
