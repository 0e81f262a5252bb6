# A row a pair of ends of some conditions of make q1: the distance of its ends, the length of its path, the mean accuracy of its ends.
#   awk -v conditions='NAME ...' -f pairs.awk ends.tsv distance.tsv test.tsv barrier.tsv     tables of pipelines/q1.mk, in this order
BEGIN {
    FS = OFS = "\t"
    for (i = split(conditions, name, " "); i > 0; i--) wanted[name[i]] = 1
    print "condition", "path", "from", "to", "l2", "cosine", "length", "accuracy"
}
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    table = "accuracy_majority" in at ? "ends" : "l2" in at ? "distance" : "loss_t" in at ? "test" : "barrier"
    next
}
table == "ends" { accuracy[$at["end"]] = $at["accuracy"]; next }
table == "distance" { l2[$at["path"]] = $at["l2"]; cosine[$at["path"]] = $at["cosine"]; next }
table == "test" { of_ends[$at["path"]] = mean(accuracy[$at["from"]], accuracy[$at["to"]]); next }
($at["condition"] in wanted) && $at["group"] == "" && $at["path"] != "all" {
    path = $at["path"]
    sub(/.*path-/, "", path)
    sub(/\.tsv$/, "", path)
    print $at["condition"], path, $at["from"], $at["to"], l2[path], cosine[path], $at["length"], of_ends[path]
}
function mean(a, b) { return a == "nan" || b == "nan" ? "nan" : sprintf("%.9g", (a + b) / 2) }
