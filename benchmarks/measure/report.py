"""The tables and plots."""

from . import compile_time, plots, runtime


def duration(nanoseconds):
    for limit, unit, factor in ((1e3, "ns", 1), (1e6, "µs", 1e3), (1e9, "ms", 1e6)):
        if nanoseconds < limit:
            value = nanoseconds / factor
            return f"{value:.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}" if value >= 10 else f"{value:.2f} {unit}"
    return f"{nanoseconds / 1e9:.2f} s"


def spread(values):
    low, middle, high = runtime.quartiles(values)
    return f"**{middle:.2f}×** ({low:.2f}–{high:.2f})"


def name(row):
    return row.title.replace("-", " ") + (f", {row.where}" if row.where else "")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] + ["--:"] * (len(head) - 1)) + "|"]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows] + [""]


def verdict(row, mine, twin):
    if not row.target:
        return "–"
    middle = runtime.quartiles(mine.ratios(twin, row.gate))[1]
    return f"{row.gate} ≤ {row.target:g}×: " + ("met" if round(middle, 2) <= row.target else "**missed**")


def run_time(chosen, times, calls, own):
    twins, others, policies = [], [], []
    for row in chosen:
        mine, twin = times[row.title, row.where, own(row)], times[row.title, row.where, row.twin]
        counted = [calls.get((row.title, side)) for side in (own(row), row.twin)]
        twins.append([name(row), duration(mine.median("wall")), duration(twin.median("wall")), spread(mine.ratios(twin, "wall")),
                      spread(mine.ratios(twin, "CPU")),
                      "–" if None in counted or row.where != "tmpfs" else "{:.1f} / {:.1f}".format(*counted), verdict(row, mine, twin)])
        for side in row.others:
            if (row.title, row.where, side) in times:
                its = times[row.title, row.where, side]
                if side.program == "holdfast":
                    policies.append([name(row), f"`{side.label}`", duration(its.median("wall")), duration(mine.median("wall")),
                                     spread(its.ratios(mine, "wall")), spread(its.ratios(mine, "CPU"))])
                    continue
                others.append([name(row), side.label, duration(its.median("wall")), spread(mine.ratios(its, "wall")),
                               spread(mine.ratios(its, "CPU"))])
    return (["## Run time against the hand-written twin", ""]
            + table(["operation", "holdfast", "twin", "wall ratio (quartiles)", "CPU ratio (quartiles)", "system calls, both", "target"], twins)
            + ["## Run time against others", "",
               "What the protocol costs (a twin that holds the lock or the transaction while the user's code runs), and what "
               "other libraries take. Below 1× holdfast is faster.", ""]
            + table(["operation", "other", "its time", "holdfast ÷ it, wall", "holdfast ÷ it, CPU"], others)
            + ["## What locks and history cost", "", "![policies](policies.svg)", "",
               "The same update with more policies, against `NoLock, CompareAndSwap`. History is pruned to 16 versions once in 256 "
               "updates, which is counted.", ""]
            + table(["operation", "policies", "time", "without", "ratio, wall", "ratio, CPU"], policies))


def compile_tables(counted, times):
    compilers = list(dict.fromkeys(compiler for compiler, _ in times))
    titles = list(dict.fromkeys(title for _, title in sorted(times, key=lambda key: compile_time.median(times, *key))))
    rows = [[f"`{title}`" if title.endswith("hpp") else title.replace("<", "\\<")]
            + [cell for compiler in compilers for cell in
               (f"{compile_time.median(times, compiler, title):.0f} ms",
                f"{compile_time.median(times, compiler, title) / compile_time.median(times, compiler, 'empty'):.0f}×")]
            for title in titles]
    head = ["translation unit"] + [cell for compiler in compilers for cell in (f"{compiler} -O2 -c", "÷ empty")]
    return (["## Compile time", ""] + table(head, rows) + ["## Preprocessed lines of each public header (g++)", ""]
            + table(["header", "lines"], [[f"`{header}`", f"{count:,}"] for header, count in counted.items()]))


def draw(results, chosen, times, own, compiled):
    ratio_entries, cost_entries, policy_entries = [], [], []
    for row in chosen:
        mine, twin = times[row.title, row.where, own(row)], times[row.title, row.where, row.twin]
        kind = row.gate or "wall"
        ratio_entries.append((f"{name(row)} ({kind})", runtime.quartiles(mine.ratios(twin, kind)), row.target))
        cost_entries.append((name(row), "holdfast", mine.median("wall")))
        cost_entries += [(name(row), side.label, times[row.title, row.where, side].median("wall"))
                         for side in (row.twin, *row.others) if (row.title, row.where, side) in times and side.program != "holdfast"]
        policy_entries += [(f"{name(row)}: {side.label}", runtime.quartiles(times[row.title, row.where, side].ratios(mine, "wall")), None)
                           for side in row.others if side.program == "holdfast"]
    plot = lambda file, svg: (results / file).write_text(svg)
    if ratio_entries:
        plot("ratios.svg", plots.ratios("holdfast ÷ hand-written twin: median and quartiles; red: target", ratio_entries))
        plot("costs.svg", plots.bars("Wall time of one operation", cost_entries, duration))
    if policy_entries:
        plot("policies.svg", plots.ratios("Update with these policies ÷ NoLock, CompareAndSwap: wall, median and quartiles", policy_entries))
    if compiled:
        entries = [(title, compiler, compile_time.median(compiled, compiler, title)) for compiler, title in
                   sorted(compiled, key=lambda key: (compile_time.median(compiled, compiled_first(compiled), key[1]), key[0]))]
        plot("compile_time.svg", plots.bars("Compile time, -O2 -c", entries, lambda ms: f"{ms:.0f} ms"))


def compiled_first(compiled):
    return next(iter(compiled))[0]
