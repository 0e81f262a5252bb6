# A row a line between two tasks of make q2: how far from its own end each keeps its accuracy, and the width of what keeps both. From tables
# of mc-barrier --width, whose files are called reach-STEP-0.tsv and reach-STEP-1.tsv, with the head of either end:
#   awk -f q2_both.awk reach-...
BEGIN { FS = OFS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    name = FILENAME
    sub(/.*\/reach-/, "", name)
    sub(/\.tsv$/, "", name)
    split(name, part, "-")
    next
}
$at["path"] == "all" { next }
{
    path = $at["path"]
    sub(/.*\/path-/, "", path)
    sub(/-[01]\.tsv$/, "", path)
    if (part[2] == 0) {
        order[++lines] = path
        step[path] = part[1]
        from[path] = $at["from"]; to[path] = $at["to"]
        reach_0[path] = $at["reach_0"]
    } else {
        reach_1[path] = $at["reach_1"]
    }
}
END {
    print "condition", "path", "from", "to", "reach_0", "reach_1", "width"
    for (k = 1; k <= lines; k++) {
        path = order[k]
        print step[path], path, from[path], to[path], reach_0[path], reach_1[path], reach_0[path] - reach_1[path]
    }
}
