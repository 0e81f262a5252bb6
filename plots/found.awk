# What tables of heights say, a sentence a path and task, for a reader who does not know their columns; those over all paths first. With
# -f plots/notes.awk.
#   awk -F '\t' -f plots/notes.awk -f plots/found.awk barrier.tsv [barrier-metric.tsv]        the second: the same paths by further metrics
FNR == 1 { split("", at); for (i = 1; i <= NF; i++) at[$i] = i; next }
function cell(name) { return name in at ? $at[name] : "" }
function short(x) { return sprintf("%.3g", x < 0 ? 0 : x) }

# Which path a sentence is of, for its reader.
function name_of(path,    name) {
    name = path
    sub(/^.*\//, "", name)
    sub(/\.tsv$/, "", name)
    sub(/^path-/, "", name)
    if (path == "all") name = cell("condition") == "" ? "All " cell("runs") " paths together" : cell("condition") ", all " cell("runs") " paths"
    else name = cell("condition") == "" ? "Path " name : cell("condition") ", path " name
    return name (cell("group") == "" ? "" : ", " cell("group") " alone") ", " cell("task")
}
# How far the metric rises, with its interval.
function rise(    height) {
    height = cell("path") == "all" && cell("xfit") != "" && cell("xfit") != "nan" ? cell("xfit") : cell("barrier_lin")
    return "the " (cell("metric") == "loss" || cell("metric") == "" ? "loss" : "error (1 - " cell("metric") ")") " rises by " short(height) \
        (cell("ci_low") == "nan" || cell("ci_low") == "" ? "" : sprintf(" (%g %% interval %s to %s)", \
        100 * (cell("confidence") == "" ? .95 : cell("confidence")), short(cell("ci_low")), short(cell("ci_high"))))
}
function said(    over, epsilon) {
    over = " over the line between the ends' values"
    epsilon = short(cell("epsilon"))
    if (cell("verdict") == "connected") return "are connected: " rise() over ", less than " epsilon
    if (cell("verdict") == "barrier") return "are parted by a barrier: " rise() over ", more than " epsilon
    if (cell("verdict") == "undecided") return "may or may not be connected: " rise() over ", " \
        (cell("ci_low") == "nan" ? "without an interval" (cell("path") == "all" ? ": one over pairs needs three, and three ends" : "") : "and " epsilon " is not told from it")
    return "have a height of " short(cell("barrier_lin")) " without an interval (mc-barrier needs the values of every example for one)"
}
{
    path = name_of(cell("path"))
    if (path in text) further[path] = further[path] "; " rise() (cell("verdict") == "" ? "" : ": " cell("verdict"))
    else {
        order[cell("path") == "all" ? ++alls : 1000000 + ++singles] = path
        text[path] = said()
        of[path] = cell("condition") SUBSEP cell("task") SUBSEP cell("group")
        if (cell("path") != "all") count_notes(of[path], cell("notes"))
        notes[path] = said_notes(cell("notes"))
    }
}
function print_one(path) { print path ": the ends " text[path] further[path] notes[path] "." }
END {
    for (i = 1; i <= alls; i++) {
        notes[order[i]] = notes[order[i]] said_notes_of_all(of[order[i]])
        print_one(order[i])
    }
    for (i = 1; i <= singles; i++) print_one(order[1000000 + i])
}
