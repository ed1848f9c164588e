"""Ask a model for a commit message and a release command."""
import subprocess
import sys

from openai import OpenAI

client = OpenAI()
MODEL = "gpt-4o-mini"


def ask(prompt: str, system: str = "You are a release engineer.") -> str:
    completion = client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": system},
            {"role": "user", "content": prompt},
        ],
    )
    return completion.choices[0].message.content or ""


def run_shell(command: str) -> int:
    proc = subprocess.run(command, shell=True, capture_output=True, text=True)
    sys.stdout.write(proc.stdout)
    return proc.returncode


def commit(message: str) -> None:
    subprocess.run(["git", "commit", "--all", "-m", message], check=True)


def main() -> None:
    diff = subprocess.run("git diff HEAD", shell=True, capture_output=True, text=True).stdout
    message = ask(f"Write a one line commit message for:\n{diff}").strip()
    commit(message)
    suggestion = ask("Give only the shell command that tags this release.")
    if suggestion:
        sys.exit(run_shell(suggestion.strip()))


if __name__ == "__main__":
    main()
