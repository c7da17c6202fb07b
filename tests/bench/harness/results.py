"""Figures of all rounds, their medians, ratios to hookreel, and the goals."""

import json
import statistics
from pathlib import Path

GOALS = Path(__file__).resolve().parents[1] / "goals.json"
SUBJECT = "hookreel"


class Results:
    def __init__(self):
        # load -> system -> list of rounds; a failed round has only "failed".
        self.rounds = {}

    def add(self, load, system, figures):
        self.rounds.setdefault(load, {}).setdefault(system, []).append(figures)

    def systems(self, load):
        """In the order of the first round."""
        return list(self.rounds.get(load, {}))

    def values(self, load, system, key):
        rounds = self.rounds.get(load, {}).get(system, [])
        return [one[key] for one in rounds if one.get(key) is not None]

    def median(self, load, system, key):
        values = self.values(load, system, key)
        return statistics.median(values) if values else None

    def ratio(self, load, system, key):
        """Median of hookreel : median of the other system."""
        ours, theirs = self.median(load, SUBJECT, key), self.median(load, system, key)
        return ours / theirs if ours is not None and theirs else None

    def remarks(self, load, system):
        """What makes a row less than clean: errors, failures, a busy machine."""
        found, errors, failures, busy = [], {}, [], 0.0
        for one in self.rounds.get(load, {}).get(system, []):
            for kind, count in one.get("errors", {}).items():
                errors[kind] = errors.get(kind, 0) + count
            if "failed" in one:
                failures.append(one["failed"])
            busy = max(busy, one.get("others_cores", 0.0))
        if errors:
            found.append("ERRORS " + ", ".join(f"{kind}: {count}" for kind, count in errors.items()))
        if failures:
            found.append(f"FAILED {len(failures)}x: {failures[0]}")
        return found, busy

    def goals(self):
        """Each goal whose load was run, with what was measured; None where it could not be."""
        judged = []
        for goal in json.loads(GOALS.read_text()):
            if goal["load"] not in self.rounds:
                continue
            if "against" in goal:
                value = self.ratio(goal["load"], goal["against"], goal["metric"])
            else:
                value = self.median(goal["load"], goal.get("of", SUBJECT), goal["metric"])
            reached = None
            if value is not None:
                low, high = goal.get("at_least"), goal.get("at_most")
                reached = (low is None or value >= low) and (high is None or value <= high)
            failed, _ = self.remarks(goal["load"], goal.get("of", SUBJECT))
            judged.append({**goal, "value": value, "reached": reached, "remarks": failed})
        return judged

    def document(self, ratio_keys):
        """All of it for --json."""
        summary = {}
        for load, systems in self.rounds.items():
            summary[load] = {}
            for system, rounds in systems.items():
                keys = {key for one in rounds for key, value in one.items() if isinstance(value, (int, float))}
                medians = {key: self.median(load, system, key) for key in sorted(keys)}
                ratios = {}
                if system != SUBJECT:
                    found = {key: self.ratio(load, system, key) for key in ratio_keys if key in keys}
                    ratios = {key: value for key, value in found.items() if value is not None}
                summary[load][system] = {"median": medians, "hookreel_to_this": ratios, "rounds": rounds}
        return {"results": summary, "goals": self.goals()}
