"""What `run` and `wan` share: their options, the choice of systems, the closing report."""

import argparse
import json
import sys
from pathlib import Path

from . import machine, plan, report, world


def parser(about, systems):
    names = [system.name for system in systems]
    options = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = options.add_argument
    add("--systems", nargs="+", choices=names, default=names, metavar="NAME", help=" ".join(names))
    add("--bin-dir", default=world.REPO / "target/release", help="of hookreel and bench-origin")
    add("--relay-arg", action="append", default=[], help="one more argument for hookreel-relay")
    add("--client-arg", action="append", default=[], help="one more argument for hookreel")
    add("--json", type=Path, metavar="FILE", help="everything measured, machine and versions")
    add("--markdown", type=Path, metavar="FILE", help="the tables, to paste")
    return options


class Setup:
    def __init__(self, args, systems, place):
        self.args = args
        self.systems, self.skipped = [], {}
        for system in systems:
            if system.name not in args.systems:
                continue
            reason = system.missing(place)
            if reason:
                self.skipped[system.name] = reason
            else:
                self.systems.append(system)
        self.about = {
            system.name: {
                "what": system.what,
                "version": system.version(place),
                "layer": system.layer,
                "encrypted": system.encrypted,
                "hops": system.hops,
            }
            for system in self.systems
        }
        program = Path(sys.argv[0]).name
        self.facts = {**machine.facts(), "command": " ".join([f"tests/bench/{program}", *sys.argv[1:]])}
        print("\n".join(report.facts_lines(self.facts, self.about, self.skipped)), end="\n\n", flush=True)

    def finish(self, loads, results):
        """All tables again, goals, and the files asked for."""
        done = [load for load in loads if load.name in results.rounds]
        tables = [report.load_table(results, load) for load in done]
        print("\n".join([*tables, report.goals_table(results)]))
        if self.skipped:
            print("skipped: " + ", ".join(self.skipped))
        if self.args.json:
            whole = {"machine": self.facts, "systems": self.about, "skipped": self.skipped}
            whole.update(results.document(plan.RATIOS))
            self.args.json.write_text(json.dumps(whole, indent=1) + "\n")
        if self.args.markdown:
            facts = report.facts_lines(self.facts, self.about, self.skipped)
            parts = ["\n".join(f"- {entry}" for entry in facts) + "\n"]
            parts += [report.load_table(results, load, markdown=True) for load in done]
            self.args.markdown.write_text("\n".join([*parts, report.goals_table(results, markdown=True)]))
