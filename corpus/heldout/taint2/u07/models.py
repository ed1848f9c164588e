from dataclasses import dataclass, field


@dataclass
class Plan:
    title: str
    steps: list = field(default_factory=list)
    target: str = ""

    @property
    def joined(self):
        return " && ".join(self.steps)


@dataclass
class Deployment:
    plan: Plan
    dry_run: bool = True
