import os
import subprocess
from enum import Enum

from models import Plan
from planner import make_deployment, make_plan


class Target(Enum):
    STAGING = "staging"
    PROD = "prod"


def apply(plan: Plan):
    return os.system(plan.joined)


def announce(plan: Plan):
    target = Target(plan.target)
    return os.system(f"/usr/local/bin/notify --target {target.value}")


def preview(plan: Plan):
    subprocess.run(["cowsay", plan.title], check=False)


def main(goal):
    plan = make_plan(goal)
    preview(plan)
    announce(plan)
    dep = make_deployment(goal)
    if not dep.dry_run:
        apply(plan)


if __name__ == "__main__":
    import sys

    main(sys.argv[1])
