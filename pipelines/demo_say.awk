# What make demo's lines between random starts of their own do, and the curves, in a sentence each: from heights.tsv, whose conditions
# are `own`, TASK-STEP and curve-CONDITION.
BEGIN { FS = "\t" }
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
$at["path"] == "all" {
    over_all[$at["condition"]] = sprintf("; height %.2g [%.2g, %.2g]: %s", positive($at["xfit"]), $at["ci_low"], $at["ci_high"], $at["verdict"])
    next
}
function positive(x) { return x < 0 ? 0 : x }
function starts(c) {
    if (c == "own") return "random starts of their own"
    sub(/.*-/, "", c)
    return "step " c
}
{
    c = $at["condition"]
    path = $at["path"]
    sub(/^.*path-/, "", path)
    sub(/\.tsv$/, "", path)
    height[path] = positive($at["barrier_lin"])
    if (!(c in n)) order[++conditions] = c
    n[c]++
    sum[c] += height[path]
    if ($at["verdict"] == "connected") connected[c]++
    if ($at["notes"] ~ /chance_/) chance[c]++
    if (c ~ /^curve-/) lines[c] += height[substr(path, 7)]
}
END {
    for (k = 1; k <= conditions; k++) {
        c = order[k]
        if (c == "own") {
            printf "%s: %d of %d pairs connected, mean height of the lines %.3g%s", starts(c), connected[c], n[c], sum[c] / n[c], over_all[c]
            print chance[c] ? "; marked: " chance[c] " with an end no better than chance" : ""
        }
        if (c ~ /^curve-/)
            printf "%s: %d of %d curves connected, their mean height %.3g, that of the lines between the same ends %.3g\n", \
                starts(substr(c, 7)), connected[c], n[c], sum[c] / n[c], lines[c] / n[c]
    }
}
