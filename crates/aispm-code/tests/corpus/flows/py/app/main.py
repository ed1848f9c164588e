import os

from app.llm import Writer, answer, labelled, writer
from app.shell import Host, backup, sh
from app.text import code_of, size_of, slug_of


def by_function(prompt):
    sh(answer(prompt))
    backup("/srv")


def by_method(prompt):
    os.system(writer.write(prompt))  # expect: taint shell
    os.system(f"echo {writer.count(prompt)}")


def by_instance(prompt):
    exec(Writer().write(prompt))  # expect: taint code
    Host("a").run(Writer("gpt-4o-mini").write(prompt))


def helped(prompt):
    exec(code_of(answer(prompt)))  # expect: taint code
    os.system("touch " + slug_of(answer(prompt)))
    os.system("echo " + str(size_of(answer(prompt))))


def not_of_a_model(path):
    exec(code_of(open(path).read()))


def by_field(prompt):
    said = labelled(prompt)
    os.system("echo " + said["model"])
    os.system(said["text"])  # expect: taint shell
