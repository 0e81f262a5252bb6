# Whole-model distances of several mc-dist tables, a row a file: path l2 rms cosine. Columns are found by their names.
BEGIN { FS = OFS = "\t" }
FNR == 1 {
    delete at
    for (i = 1; i <= NF; i++) at[$i] = i
    if (NR == 1) print "path", "l2", "rms", "cosine"
    next
}
$at["group"] == "all" {
    name = FILENAME; sub(/.*distance-/, "", name); sub(/\.tsv$/, "", name)
    print name, $at["l2"], $at["rms"], $at["cosine"]
}
