# Distances between the ends of every condition of make q1, by group of tensors: means over its pairs. Tables of mc-dist, whose files
# are called distance-CONDITION-PAIR.tsv (by layer) and kinds-CONDITION-PAIR.tsv (by kind).
#   awk -f geometry.awk TABLE...
BEGIN { FS = OFS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    by = FILENAME ~ /\/kinds-[^\/]*$/ ? "kind" : "layer"
    condition = FILENAME
    sub(/.*\/(distance|kinds)-/, "", condition)
    sub(/-[0-9]+-[0-9]+\.tsv$/, "", condition)
    next
}
by == "kind" && $at["group"] == "all" { next } # as by layer
{
    key = condition OFS by OFS $at["group"]
    if (!(key in n)) order[++keys] = key
    n[key]++
    l2[key] += $at["l2"]
    rms[key] += $at["rms"]
    cosine[key] += $at["cosine"]
}
END {
    print "condition", "by", "group", "pairs", "l2", "rms", "cosine"
    for (k = 1; k <= keys; k++) { key = order[k]; print key, n[key], l2[key] / n[key], rms[key] / n[key], cosine[key] / n[key] }
}
