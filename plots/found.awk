# What tables of heights say, a sentence a path and task, for a reader who does not know its columns. With -f plots/notes.awk.
#   awk -F '\t' -f plots/notes.awk -f plots/found.awk barrier.tsv...
FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
function cell(name) { return name in at ? $at[name] : "" }
function short(x) { return sprintf("%.3g", x < 0 ? 0 : x) }
{
    name = cell("path")
    over_all = name == "all"
    sub(/^.*\//, "", name)
    sub(/\.tsv$/, "", name)
    sub(/^path-/, "", name)
    if (over_all) name = cell("condition") == "" ? "All " cell("runs") " paths together" : cell("condition") ", all " cell("runs") " paths"
    else name = cell("condition") == "" ? "Path " name : cell("condition") ", path " name
    if (cell("group") != "") name = name ", " cell("group") " alone"
    height = over_all && cell("xfit") != "" && cell("xfit") != "nan" ? cell("xfit") : cell("barrier_lin")
    what = cell("metric") == "loss" || cell("metric") == "" ? "loss" : "error (1 - " cell("metric") ")"
    interval = cell("ci_low") == "nan" || cell("ci_low") == "" ? "" : sprintf(" (%g %% interval %s to %s)", 100 * (cell("confidence") == "" ? .95 : cell("confidence")), short(cell("ci_low")), short(cell("ci_high")))
    if (cell("verdict") == "connected") text = "are connected: the " what " rises by " short(height) interval " over the line between the ends' values, less than " short(cell("epsilon"))
    else if (cell("verdict") == "barrier") text = "are parted by a barrier: the " what " rises by " short(height) interval " over the line between the ends' values, more than " short(cell("epsilon"))
    else if (cell("verdict") == "undecided") text = "may or may not be connected: the " what " rises by " short(height) interval ", and " short(cell("epsilon")) " is not told from it"
    else text = "have a height of " short(height) " without an interval (mc-barrier needs the values of every example for one)"
    print name ", " cell("task") ": the ends " text said_notes(cell("notes")) "."
}
