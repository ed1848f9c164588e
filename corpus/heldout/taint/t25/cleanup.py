import subprocess

from google import genai

client = genai.Client()
FALLBACK = "du -sh ."


def suggestion(context: str) -> str:
    r = client.models.generate_content(model="gemini-2.0-flash", contents=context)
    return r.text.strip()


def preview(context: str) -> None:
    cmd = suggestion(context)
    print("would run:", cmd)
    cmd = "ls -la"
    subprocess.run(cmd, shell=True)


def maybe(context: str, dry_run: bool = False) -> None:
    cmd = suggestion(context)
    if dry_run:
        cmd = FALLBACK
    subprocess.run(cmd, shell=True)


def before(context: str) -> str:
    cmd = FALLBACK
    subprocess.run(cmd, shell=True)
    cmd = suggestion(context)
    return cmd


def confirm_word(context: str) -> None:
    word = suggestion(context + "\nAnswer yes or no: may I delete ./tmp?")
    if word.lower() == "yes":
        subprocess.run("rm -rf ./tmp/*", shell=True)
