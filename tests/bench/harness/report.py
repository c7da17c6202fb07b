"""Tables for people: on the terminal, or as Markdown to paste."""

from .machine import DOUBTFUL
from .plan import RATIOS
from .results import SUBJECT


def number(value, digits):
    return "-" if value is None else f"{value:,.{digits}f}"


def significant(value):
    """Ratios span 0.01 to 100."""
    if value is None:
        return "-"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3
    return f"{value:,.{digits}f}"


def table(head, rows, markdown=False):
    """The first column and the last (remarks) to the left, numbers to the right."""
    if markdown:
        rule = ["---"] + ["---:"] * (len(head) - 2) + ["---"]
        lines = [head, rule, *rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)
    widths = [max(len(line[i]) for line in [head, *rows]) for i in range(len(head))]
    last = len(head) - 1
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i in (0, last) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths))
        ).rstrip()
        for line in [head, *rows]
    )


def load_table(results, load, markdown=False):
    columns = [column for column in load.columns if _any(results, load, column[0])]
    ratios = [column for column in columns if column[0] in RATIOS and SUBJECT in results.systems(load.name)]
    head = ["system", *(heading for _, heading, _ in columns), "range"]
    head += [f"hookreel : it, {heading}" for _, heading, _ in ratios] + [""]
    rows = []
    for system in results.systems(load.name):
        row = [system]
        row += [number(results.median(load.name, system, key), digits) for key, _, digits in columns]
        # Of the first column: how far the rounds lie apart.
        values = results.values(load.name, system, columns[0][0]) if columns else []
        digits = columns[0][2] if columns else 0
        row.append(f"{number(min(values), digits)}..{number(max(values), digits)}" if values else "-")
        for key, _, _ in ratios:
            row.append("" if system == SUBJECT else significant(results.ratio(load.name, system, key)))
        remarks, busy = results.remarks(load.name, system)
        if busy > DOUBTFUL:
            remarks = [*remarks, f"machine busy: {busy:.2f} cores"]
        rows.append([*row, "; ".join(remarks)])
    title = f"{load.name}: {load.what}"
    return (f"### {title}\n\n" if markdown else f"== {title}\n") + table(head, rows, markdown) + "\n"


def _any(results, load, key):
    return any(results.median(load.name, system, key) is not None for system in results.systems(load.name))


METRICS = {
    "rps": "req/s",
    "cpu_s_per_10k": "CPU per request",
    "p99_ms": "p99",
    "mb_per_s": "MB/s",
    "growth_mib": "memory growth in either process",
    "kib_each_public": "memory per idle connection in the relay",
    "url_ready_ms": "client spawned until its URL is there",
    "wall_ms": "wall time until the last answer",
}


def goals_table(results, markdown=False):
    judged = results.goals()
    if not judged:
        return ""
    rows = []
    for goal in judged:
        what = f"{goal['load']}: {METRICS.get(goal['metric'], goal['metric'])}"
        if "of" in goal:
            what += f", {goal['of']}"
        if "against" in goal:
            what += f", hookreel : {goal['against']}"
        unit = f" {goal['unit']}" if "unit" in goal else "x"
        sign, bound = (">=", goal["at_least"]) if "at_least" in goal else ("<=", goal["at_most"])
        verdict = {True: "reached", False: "NOT REACHED", None: "not measured"}[goal["reached"]]
        if goal["remarks"]:
            verdict += " (with errors)"
        value = "-" if goal["value"] is None else significant(goal["value"]) + unit
        rows.append([what, f"{sign} {bound}{unit}", value, verdict])
    title = "### Goals\n\n" if markdown else "== goals\n"
    text = title + table(["goal", "wanted", "measured", ""], rows, markdown) + "\n"
    counts = [sum(goal["reached"] is verdict for goal in judged) for verdict in (True, False, None)]
    return text + "\n{} reached, {} not reached, {} not measured\n".format(*counts)


def facts_lines(facts, systems, skipped):
    lines = [f"{key}: {value}" for key, value in facts.items()]
    lines.append("systems: " + ", ".join(f"{name} {about['version']}".strip() for name, about in systems.items()))
    lines += [f"skipped: {name} ({reason})" for name, reason in skipped.items()]
    return lines
